import Potential
import Support
import TestFiles
import Testing

@Suite struct ModelFileTests {
    @Test(arguments: Fixtures.modelNames)
    func readsAndWritesFixtures(name: String) throws {
        let model = try Fixtures.model(name)
        #expect(model.parameters.count == model.layout.count)
        let content = model.fileContent.bytes
        let copy = try Model(bytes: content)
        #expect(copy.architecture == model.architecture)
        #expect(copy.description == model.description)
        #expect(copy.parameters == model.parameters)
        #expect(copy.fileContent.bytes == content)
        // The same tensors, number for number, as in the file that another program wrote.
        let original = try Safetensors(path: Fixtures.modelPath(name))
        let written = try Safetensors(content)
        #expect(Set(original.tensors.map(\.name)) == Set(written.tensors.map(\.name)))
        for tensor in original.tensors {
            let numbers = try original.doubles(tensor.name, shape: tensor.shape)
            #expect(try written.doubles(tensor.name, shape: tensor.shape) == numbers)
        }
    }

    @Test func savesToAFile() throws {
        let model = try Fixtures.model("random-organic-l3-nu4")
        try withTemporaryFolder { folder in
            let path = folder + "/model.safetensors"
            try model.save(to: path)
            #expect(try Model(path: path).parameters == model.parameters)
            #expect { try Model(path: path + ".missing") } throws: { ($0 as? Failure)?.kind == .file }
            #expect { try model.save(to: folder + "/missing/x/model") } throws: { ($0 as? Failure)?.kind == .file }
        }
    }

    /// A file with some tensor or text replaced.
    private func variant(
        metadata: [String: String?] = [:], tensors change: (String, [Int], [Double]) -> (String, [Int], [Double])?
    ) throws -> [UInt8] {
        let file = try Safetensors(path: Fixtures.modelPath("random-carbon-l3-nu3"))
        var writer = Safetensors.Writer()
        for (key, value) in file.metadata {
            if let value = metadata[key] ?? value { writer.set(metadata: key, value) }
        }
        for tensor in file.tensors {
            let values = try file.doubles(tensor.name, shape: tensor.shape)
            if let (name, shape, values) = change(tensor.name, tensor.shape, values) { writer.add(name, shape, values) }
        }
        return writer.bytes
    }

    private func message(_ bytes: [UInt8]) -> String? {
        do {
            _ = try Model(bytes: bytes)
        } catch {
            return error.kind == .format ? error.message : "\(error.kind)"
        }
        return nil
    }

    @Test func namesTheTensorThatIsWrong() throws {
        #expect(message(try variant { ($0, $1, $2) }) == nil)
        let name = "radial.mixing.2"
        #expect(message(try variant { $0 == name ? nil : ($0, $1, $2) }) == "the tensor \"radial.mixing.2\" is missing")
        #expect(
            message(try variant { $0 == name ? ($0, [8, 6, 1], $2) : ($0, $1, $2) })
                == "tensor \"radial.mixing.2\": its shape is [8, 6, 1], not [6, 8, 1]")
        #expect(
            message(try variant { $0 == name ? ($0, $1, $2.map { _ in .nan }) : ($0, $1, $2) })
                == "tensor \"radial.mixing.2\": number 0 is nan")
        #expect(
            message(try variant { $0 == "readout.linear.bias" ? ($0, $1, [-.infinity]) : ($0, $1, $2) })
                == "tensor \"readout.linear.bias\": number 0 is -inf")
        #expect(
            message(try variant { $0 == name ? ("radial.mixing.4", $1, $2) : ($0, $1, $2) })
                == "tensor \"radial.mixing.4\": the model has no such tensor")
        // A shared receiver may be left out, but not differ.
        #expect(message(try variant { $0 == "embedding.receiver" ? nil : ($0, $1, $2) }) == nil)
        #expect(
            message(try variant { $0 == "embedding.receiver" ? ($0, $1, [7]) : ($0, $1, $2) })?
                .hasPrefix("tensor \"embedding.receiver\": it differs") == true)
    }

    @Test func checksTheMetadata() throws {
        let cases: [(String, String?, String)] = [
            ("format", nil, "not a model file"), ("format", "pt", "not a model file"),
            ("version", nil, "the version of the model file is missing"),
            ("version", "2", "the version of the model file is \"2\""),
            ("model", nil, "not a model file"), ("model", "{", "model: line 1"), ("model", "{}", "model: the key"),
        ]
        for (key, value, beginning) in cases {
            let message = message(try variant(metadata: [key: value]) { ($0, $1, $2) })
            #expect(message?.hasPrefix(beginning) == true, "\(message ?? "no failure")")
        }
    }

    @Test func readsSinglePrecision() throws {
        // A file with F32 tensors, made by hand from the F64 one.
        let model = try Fixtures.model("random-organic-l3-nu4")
        var header = JSON.Object()
        header["__metadata__"] = ["format": "rm-model", "version": "1", "model": .string(model.description)]
        var data: [UInt8] = []
        for tensor in model.layout.tensors {
            let begin = data.count
            for value in model.parameters[tensor.range] {
                withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
            header[tensor.name] = [
                "dtype": "F32", "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(begin), .integer(data.count)],
            ]
        }
        let text = Array(JSON.object(header).text.utf8)
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        #expect(try Model(bytes: length + text + data).parameters == model.parameters.map { Double(Float($0)) })
    }

    @Test(arguments: Fixtures.modelNames)
    func survivesTruncationAndMutation(name: String) throws {
        let bytes = try File.read(Fixtures.modelPath(name), limit: 1 << 20)
        var random = RandomStream(seed: 3)
        for _ in 0..<40 {
            #expect(throws: Failure.self) { try Model(bytes: Array(bytes[..<random.index(below: bytes.count)])) }
        }
        let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        for _ in 0..<500 {
            var mutant = bytes
            for _ in 0...random.index(below: 3) {
                mutant[random.index(below: header)] = UInt8(random.index(below: 256))
            }
            // Either refused, or a model that can be written and read again.
            if let model = try? Model(bytes: mutant) {
                #expect(try Model(bytes: model.fileContent.bytes).parameters == model.parameters)
            }
        }
    }
}
