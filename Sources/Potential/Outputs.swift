/// Where an evaluation puts what is wanted; nil for what is not.
package struct Outputs {
    package var energies: UnsafeMutablePointer<Double>?  // [atoms]
    package var forces: UnsafeMutablePointer<Double>?  // [atoms][3]
    package var virials: UnsafeMutablePointer<Double>?  // [atoms][3][3]
    package var descriptors: UnsafeMutablePointer<Double>?  // [atoms][descriptors]
    package var needsStrain = true  // the strain gradient

    package init() {}
}
