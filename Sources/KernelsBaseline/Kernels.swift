import KernelTypes
package func sumSquares(_ x: UnsafePointer<Double>, _ n: Int) -> Double {
  var acc = SIMD8<Double>(repeating: 0); var i = 0
  while i + 8 <= n { let v = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Double>.self); acc.addProduct(v, v); i += 8 }
  return acc.sum()
}
package let table = KernelTable(probe: { sumSquares($0, $1) })
