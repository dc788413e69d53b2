import Potential
import Support
import Testing

@Suite struct ModelTests {
    static func description(_ preset: Preset) -> String {
        Architecture(preset, elements: [1, 6, 7, 8]).description.text
    }

    @Test(arguments: Preset.allCases)
    func createsFromASeed(preset: Preset) throws {
        let text = Self.description(preset)
        let model = try Model(description: text, seed: 1)
        #expect(model.description == text)
        #expect(model.parameters.count == model.layout.count)
        #expect(try Model(description: text, seed: 1).parameters == model.parameters)
        let other = try Model(description: text, seed: 2)
        for tensor in model.layout.tensors {
            let values = model.parameters[tensor.range]
            #expect(values.allSatisfy { $0.isFinite && abs($0) < 20 }, "\(tensor.name)")
            if tensor.name == "radial.frequencies" {
                #expect(abs(values.first! - Double.pi / model.architecture.cutoff) < 1e-15)
            } else if model.architecture.embeddingDimension > 1 || !tensor.name.hasPrefix("embedding") {
                #expect(values != other.parameters[tensor.range], "\(tensor.name)")
            }
            if tensor.name.hasPrefix("embedding") {
                for row in 0..<tensor.shape[0] {
                    let numbers = values.dropFirst(row * tensor.shape[1]).prefix(tensor.shape[1])
                    #expect(abs(numbers.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
                }
            }
            if tensor.name.hasPrefix("radial.mixing") {
                let variance = values.reduce(0) { $0 + $1 * $1 } / Double(tensor.count)
                #expect(variance * 6 > 0.4 && variance * 6 < 2, "\(tensor.name)")
            }
        }
    }

    @Test func publishedSizes() {
        #expect(ParameterLayout(Architecture(.moleculesPublished, elements: [1, 6, 7, 8, 16, 17])).count == 16_490)
        #expect(ParameterLayout(Architecture(.crystalsPublished, elements: Array(1...94))).count == 16_312)
        #expect(ParameterLayout(Architecture(.diamondPublished, elements: [6])).count == 2_137)
    }

    @Test func copies() throws {
        let model = try Model(description: Self.description(.diamond), seed: 1)
        let parameters = model.parameters.map { $0 + 1 }
        let copy = try model.copy(parameters: parameters, keys: ["note": "hello", "element_volumes": [1, 2.5]])
        #expect(copy.parameters == parameters)
        #expect(copy.architecture == model.architecture)
        #expect(try Architecture(description: copy.description) == model.architecture)
        #expect(copy.description.hasSuffix(#","note":"hello","element_volumes":[1,2.5]}"#))
        let again = try copy.copy(keys: ["note": "bye"])
        #expect(again.parameters == parameters)
        #expect(again.description.contains(#""note":"bye","element_volumes""#))
        #expect(try model.copy().description == model.description)
    }

    @Test func refusesBadCopies() throws {
        let model = try Model(description: Self.description(.diamond), seed: 1)
        var parameters = model.parameters
        parameters[model.layout.frequencies.offset + 2] = .nan
        #expect { try model.copy(parameters: parameters) } throws: {
            ($0 as? Failure)?.kind == .numbers && "\($0)" == "tensor \"radial.frequencies\": number 2 is nan"
        }
        #expect { try model.copy(parameters: [1]) } throws: { ($0 as? Failure)?.kind == .argument }
        #expect { try model.copy(keys: ["l_max": 2]) } throws: {
            ($0 as? Failure)?.kind == .format && "\($0)".contains("l_max")
        }
        #expect(throws: Failure.self) { try model.copy(keys: [1]) }
        let long = String(repeating: "x", count: 5 << 20)
        #expect(throws: Failure.self) { try model.copy(keys: ["long": .string(long)]) }
    }
}
