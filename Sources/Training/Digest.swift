import Atoms
import Response

/// A 64-bit digest of numbers, to notice that data differ; no defence against anybody who wants them to seem equal.
package struct Digest: Sendable {
    package private(set) var value: UInt64 = 0x243F_6A88_85A3_08D3

    package init() {}

    package mutating func add(_ bits: UInt64) {
        // The finaliser of splitmix64, after each word.
        value = (value ^ bits) &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value &>> 27)) &* 0x94D0_49BB_1331_11EB
        value ^= value &>> 31
    }

    package mutating func add(_ number: Double) { add(number.bitPattern) }
    package mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }
    package mutating func add(_ numbers: [Double]) { for number in numbers { add(number) } }
    package mutating func add(_ text: String) { for byte in text.utf8 { add(UInt64(byte)) } }

    mutating func add(_ vectors: [Vector3]) {
        for vector in vectors {
            add(vector.x)
            add(vector.y)
            add(vector.z)
        }
    }

    mutating func add(_ structure: borrowing Structure) {
        add(structure.count)
        for number in structure.numbers { add(Int(number)) }
        add(structure.positions)
        for k in 0..<3 {
            add(Int(structure.cell.periodic[k]))
            if structure.cell.periodic[k] != 0 { add([structure.cell.vectors[k]]) }
        }
    }
}

extension Dataset {
    /// Depends on every number of the dataset and on their order.
    package var digest: UInt64 {
        var digest = Digest()
        digest.add(structures.count)
        for structure in structures { digest.add(structure) }
        digest.add(frames.count)
        for frame in frames {
            digest.add(frame.structure)
            digest.add(frame.forces)
            digest.add(frame.stress == nil ? 0 : 1)
            digest.add(frame.stress?.elements ?? [])
            digest.add(frame.weight)
        }
        for pair in pairs {
            digest.add(pair.lower)
            digest.add(pair.higher)
        }
        return digest.value
    }
}
