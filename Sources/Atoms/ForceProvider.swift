import Support

/// What a relaxer, a search or a test needs of a potential. May be shared between threads.
package protocol ForceProvider: Sendable {
    /// Scratch memory for one thread.
    func makeEvaluator() throws(Failure) -> any ForceEvaluator
}

/// Energy and its derivatives, on one thread at a time.
package protocol ForceEvaluator: AnyObject {
    /// Returns the energy; sets `forces` (−∂E/∂r, resized to the number of atoms if need be) and `strainGradient`
    /// (∂E/∂ε, symmetric). Throws `.structure` for coincident atoms or a cell too small to be one, `.element` for an
    /// element it does not know; `forces` may then hold anything.
    func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure) -> Double

    /// Differences of energies E within this times 1 + |E| may be mostly rounding.
    var energyRounding: Double { get }

    /// Numbers per atom that rotation, translation, inversion and permutation leave as they are: [atoms × count], to
    /// recognise duplicates by; and the energy.
    func descriptors(_ structure: borrowing Structure) throws(Failure) -> (energy: Double, values: [Double])
}

extension ForceEvaluator {
    package var energyRounding: Double { 1e-10 }  // double precision
}
