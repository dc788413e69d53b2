import Atoms
import CRM
import Response
import Support

extension rm_frame {
    /// A copy of the frame; its structure has been checked.
    func copied() throws(Failure) -> Frame {
        let structure = try structure.copied()
        let forces = try required(forces, "forces")
        return Frame(
            structure: structure,
            forces: (0..<structure.count).map { Vector3(forces[3 * $0], forces[3 * $0 + 1], forces[3 * $0 + 2]) },
            stress: stress.map { Matrix3($0) }, weight: weight)
    }
}

/// Calls `body` with a view of a frame of the core, for callbacks.
func withHeaderFrame<Result>(_ frame: Frame, _ body: (inout rm_frame) -> Result) -> Result {
    withHeaderStructure(frame.structure) { structure in
        frame.forces.packed.withUnsafeBufferPointer { forces in
            (frame.stress?.elements ?? []).withUnsafeBufferPointer { stress in
                var view = rm_frame(
                    structure: structure, forces: forces.baseAddress,
                    stress: frame.stress == nil ? nil : stress.baseAddress, weight: frame.weight)
                return body(&view)
            }
        }
    }
}
