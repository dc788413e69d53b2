import Atoms

/// A structure with what the potential should answer.
package struct Frame: Sendable {
    package var structure: Structure
    package var forces: [Vector3]  // target forces, Å
    package var stress: Matrix3?  // target stress; nil: the stress of this frame is not a target
    package var weight: Double  // factor on the frame's squared errors

    package init(structure: Structure, forces: [Vector3], stress: Matrix3? = nil, weight: Double = 1) {
        self.structure = structure
        self.forces = forces
        self.stress = stress
        self.weight = weight
    }
}
