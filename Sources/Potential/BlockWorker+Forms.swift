import Atoms
import KernelTypes
import Support

/// By forms in place of contractions. The readout's first layer depends on the element: rows are atoms sorted by
/// element.
extension BlockWorker {
    func evaluate(_ forms: FormReadout<Scalar>, _ outputs: Outputs, _ strainGradient: inout Matrix3) -> Double {
        passForward(forms)
        let rows = row.pointer
        if needsGradient(outputs) {
            passBackward(forms)
            let stride = network.pointee.formCount
            for atom in 0..<block.atomCount {
                let (gradient, row) = (edgeGradient.pointer + 3 * block[atom].firstEdge, Int(rows[atom]))
                Scalar.kernels.respondForms(
                    network, block.edges(atom), scratch(atom, row: row, stride), featureGradient.pointer + row * stride,
                    gradient, temporary.pointer)
                scatter(atom, gradient, outputs, &strainGradient)
            }
            holdsGradient = true
        }
        return takeEnergies(outputs) { Int(rows[$0]) }
    }

    /// As `evaluate`, but for forces.
    func pass(by forms: FormReadout<Scalar>) {
        prepare()
        passForward(forms)
        passBackward(forms)
    }

    /// Sorts the atoms by element; sets the forms and energies of the rows.
    private func passForward(_ forms: FormReadout<Scalar>) {
        let stride = network.pointee.formCount
        sortByElement()
        for atom in 0..<block.atomCount {
            let scratch = scratch(atom, row: Int(row.pointer[atom]), stride)
            Scalar.kernels.describeForms(network, block.edges(atom), scratch, temporary.pointer)
            for k in forms.used..<stride { scratch.features[k] = 0 }
        }
        eachElement { element, rows in
            pass.enter(forms.first(of: element), rows, features.pointer, stride, energies: energies.pointer)
        }
        pass.forward(block.atomCount, energies: energies.pointer)
    }

    /// Sets ∂Ẽ/∂(forms) of the rows.
    private func passBackward(_ forms: FormReadout<Scalar>) {
        pass.backward(block.atomCount)
        eachElement { element, rows in
            pass.leave(forms.first(of: element), rows, featureGradient: featureGradient.pointer)
        }
    }

    /// Fills `row` and `sorted`: few atoms, by insertion.
    private func sortByElement() {
        let (row, sorted) = (row.pointer, sorted.pointer)
        for atom in 0..<block.atomCount {
            var place = atom
            while place > 0 && block[Int(sorted[place - 1])].element > block[atom].element {
                sorted[place] = sorted[place - 1]
                place -= 1
            }
            sorted[place] = Int32(truncatingIfNeeded: atom)
        }
        for place in 0..<block.atomCount { row[Int(sorted[place])] = Int32(truncatingIfNeeded: place) }
    }

    func eachElement(_ body: (_ element: Int, _ rows: Range<Int>) -> Void) {
        var start = 0
        while start < block.atomCount {
            let element = block[Int(sorted[start])].element
            var end = start + 1
            while end < block.atomCount && block[Int(sorted[end])].element == element { end += 1 }
            body(element, start..<end)
            start = end
        }
    }
}
