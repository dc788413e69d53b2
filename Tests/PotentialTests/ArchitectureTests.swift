import Potential
import Support
import Testing

@Suite struct ArchitectureTests {
    static let text = """
        {"elements":[1,6,8], "cutoff":4.5, "cutoff_function":{"type":"polynomial","p":2},
         "radial_basis":{"type":"bessel","count":6}, "radial_channels":8, "l_max":3,
         "contractions":[[],[[0,1,1]],[[0,1,2]],[[0,1,1],[0,2,1]]],
         "embedding":{"dim":3,"receiver":"shared"}, "readout":{"hidden":[24,12],"activation":"silu","linear":true},
         "trained_on":"nothing"}
        """

    @Test func readsADescription() throws {
        let architecture = try Architecture(description: Self.text)
        #expect(architecture.elements == [1, 6, 8])
        #expect(architecture.cutoff == 4.5)
        #expect(architecture.cutoffExponent == 2)
        #expect(architecture.radialCount == 6)
        #expect(architecture.radialChannels == 8)
        #expect(architecture.maximumDegree == 3)
        #expect(architecture.contractions.map(\.order) == [1, 2, 2, 3])
        #expect(architecture.contractions[3].degrees == [2, 1, 1])
        #expect(architecture.embeddingDimension == 3)
        #expect(!architecture.hasReceiver)
        #expect(architecture.hidden == [24, 12])
        #expect(architecture.hasLinear)
        #expect(architecture.descriptorCount == 8 * 4 * 9)
    }

    @Test func readsWhatItWrites() throws {
        for preset in Preset.allCases {
            let architecture = Architecture(preset, elements: [6, 1, 8])
            #expect(try Architecture(description: architecture.description.text) == architecture)
        }
    }

    /// Each broken description is refused with a message that begins with the place of the fault.
    @Test(arguments: [
        ("elements", "[]", "elements:"), ("elements", "[1,1]", "elements[1]:"), ("elements", "[0]", "elements[0]:"),
        ("elements", "[119]", "elements[0]:"), ("elements", "[1.5]", "elements[0]:"), ("elements", "6", "elements:"),
        ("cutoff", "0", "cutoff:"), ("cutoff", "-4", "cutoff:"),
        ("cutoff", "1e9", "cutoff:"), ("cutoff", "\"4\"", "cutoff:"),
        ("cutoff_function", #"{"type":"cosine","p":2}"#, "cutoff_function.type:"),
        ("cutoff_function", #"{"type":"polynomial","p":0}"#, "cutoff_function.p:"),
        ("cutoff_function", #"{"type":"polynomial"}"#, "cutoff_function:"),
        ("cutoff_function", #"{"type":"polynomial","p":2,"q":1}"#, "cutoff_function:"),
        ("radial_basis", #"{"type":"gaussian","count":6}"#, "radial_basis.type:"),
        ("radial_basis", #"{"type":"bessel","count":65}"#, "radial_basis.count:"),
        ("radial_basis", #"{"type":"bessel","count":0}"#, "radial_basis.count:"),
        ("radial_channels", "0", "radial_channels:"), ("radial_channels", "1000000", "radial_channels:"),
        ("l_max", "-1", "l_max:"), ("l_max", "7", "l_max:"), ("l_max", "null", "l_max:"),
        ("contractions", "[]", "contractions:"), ("contractions", "[[[0,0,1]]]", "contractions[0][0]:"),
        ("contractions", "[[],[[0,1,4]]]", "contractions[1][0][2]:"),
        ("contractions", "[[[0,1,0]]]", "contractions[0][0][2]:"),
        ("contractions", "[[[0,1,2],[1,2,2]]]", "contractions[0]:"),  // degree 4
        ("contractions", "[[[0,2,1]]]", "contractions[0]:"), ("contractions", "[[[1,2,1]]]", "contractions[0]:"),
        ("contractions", "[[[0,1,1],[2,3,1]]]", "contractions[0]:"),  // two parts
        ("contractions", "[[[0,1,1],[1,0,1]]]", "contractions[0][1]:"),
        ("contractions", "[[[0,1]]]", "contractions[0][0]:"),
        ("contractions", "[[[0,6,1]]]", "contractions[0][0][1]:"), ("contractions", "[1]", "contractions[0]:"),
        ("embedding", #"{"dim":0,"receiver":"shared"}"#, "embedding.dim:"),
        ("embedding", #"{"dim":3,"receiver":"none"}"#, "embedding.receiver:"),
        ("embedding", #"{"dim":3}"#, "embedding:"),
        ("readout", #"{"hidden":[24],"activation":"relu","linear":true}"#, "readout.activation:"),
        ("readout", #"{"hidden":[0],"activation":"silu","linear":true}"#, "readout.hidden[0]:"),
        ("readout", #"{"hidden":[1,1,1,1,1,1,1,1,1],"activation":"silu","linear":true}"#, "readout.hidden:"),
        ("readout", #"{"hidden":[24],"activation":"silu","linear":1}"#, "readout.linear:"),
    ])
    func refuses(key: String, value: String, place: String) throws {
        var object = try JSON.Place(try JSON(parsing: Self.text)).object()
        object[key] = try JSON(parsing: value)
        #expect { try Architecture(description: .object(object)) } throws: {
            ($0 as? Failure)?.kind == .format && "\($0)".hasPrefix(place)
        }
        object[key] = nil
        #expect { try Architecture(description: .object(object)) } throws: {
            "\($0)" == "the key \"\(key)\" is missing"
        }
    }

    @Test func refusesWhatIsTooLarge() throws {
        func refused(_ changes: JSON.Object) throws -> String? {
            var object = try JSON.Place(try JSON(parsing: Self.text)).object()
            object.merge(changes)
            do { _ = try Architecture(description: .object(object)) } catch { return "\(error)" }
            return nil
        }
        let wide: JSON = ["dim": 32, "receiver": "separate"]
        #expect(try refused(["embedding": wide, "radial_channels": 64])?.contains("descriptors") == true)
        let readout: JSON = ["hidden": [1024, 1024], "activation": "silu", "linear": true]
        #expect(try refused(["embedding": wide, "readout": readout])?.contains("parameters") == true)
        let all = JSON.array((1...118).map { .integer($0) })
        #expect(
            try refused(["embedding": wide, "elements": all, "contractions": [[]]])?.contains("mixing") == true)
        // A chain of three edges of multiplicity 3 has 1000 products.
        let chain: JSON = [[[0, 1, 3], [1, 2, 3], [2, 3, 3]]]
        #expect(
            try refused(["embedding": wide, "l_max": 6, "contractions": chain])?.contains("products of") == true)
        // The complete graph of six vertices, whose degrees are fine, has 3¹⁵ products.
        let complete = (0..<6).flatMap { a in (a + 1..<6).map { b in JSON.array([.integer(a), .integer(b), 1]) } }
        #expect(try refused(["l_max": 5, "contractions": [.array(complete)]])?.contains("products") == true)
        let many = JSON.array(.init(repeating: [], count: 257))
        #expect(try refused(["contractions": many])?.contains("contractions") == true)
    }
}
