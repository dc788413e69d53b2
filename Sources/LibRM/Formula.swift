import CRM
import Search
import Support

@c @implementation
public func rm_formula(
    _ formula: UnsafePointer<CChar>?, _ units: Int32, _ numbers: UnsafeMutablePointer<Int32>?, _ capacity: Int32,
    _ count: UnsafeMutablePointer<Int32>?
) -> rm_status {
    boundary { () throws(Failure) in
        let formula = try text(formula, "formula", limit: 1 << 20)
        try check("units", units, 1...Int32(Formula.maximumCount))
        try check("capacity", capacity, 0...Int32.max)
        let result = try Formula.numbers(formula, units: Int(units))
        count?.pointee = Int32(result.count)
        guard let numbers else { return }
        guard capacity >= result.count else {
            throw Failure(.argument, "capacity is \(capacity); the formula has \(result.count) atoms")
        }
        numbers.update(from: result, count: result.count)
    }
}
