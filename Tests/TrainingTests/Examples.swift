import Atoms
import Glibc
import Potential
import Response
import Support

@testable import Training

enum Example {
    /// A model with few parameters.
    static func model() throws -> Model {
        try Model(
            description: """
                {"elements": [6, 8], "cutoff": 3.0, "cutoff_function": {"type": "polynomial", "p": 2},
                 "radial_basis": {"type": "bessel", "count": 4}, "radial_channels": 3, "l_max": 2,
                 "contractions": [[], [[0,1,1]], [[0,1,2]], [[0,1,1],[0,2,1]]],
                 "embedding": {"dim": 2, "receiver": "separate"},
                 "readout": {"hidden": [5], "activation": "silu", "linear": true}}
                """, seed: 1)
    }

    /// Two skewed cells, a cube and two molecules.
    static func structure(_ k: Int) -> Structure {
        var random = RandomStream(seed: 77, stream: UInt64(k))
        let isMolecule = k % 5 > 2
        let edge = isMolecule ? 2.5 : 4.0
        let count = 4 + k % 3
        var positions: [Vector3] = []
        while positions.count < count {
            let r = Vector3(random.uniform(0, edge), random.uniform(0, edge), random.uniform(0, edge))
            if positions.allSatisfy({ ($0 - r).norm > 0.9 }) { positions.append(r) }
        }
        let skewed = Matrix3(Vector3(4, 0.3, 0), Vector3(1.1, 3.9, 0.2), Vector3(-0.8, 0.5, 4.2))
        return Structure(
            numbers: (0..<count).map { $0 % 3 == 1 ? 8 : 6 }, positions: positions,
            cell: isMolecule ? .none : Cell(k % 5 == 2 ? .identity * 4 : skewed))
    }

    /// Eight atoms of carbon in diamond's cubic cell.
    static let diamond: Structure = {
        let corners = [Vector3(0, 0, 0), Vector3(0, 0.5, 0.5), Vector3(0.5, 0, 0.5), Vector3(0.5, 0.5, 0)]
        let sites = corners + corners.map { $0 + Vector3(0.25, 0.25, 0.25) }
        return Structure(
            numbers: [Int32](repeating: 6, count: 8), positions: sites.map { $0 * 3.57 }, cell: Cell(.identity * 3.57))
    }()

    static func frames(_ count: Int, weighted: Bool = true) throws -> [Frame] {
        var options = ResponseOptions(.crystalsPublished)
        options.levels = [8]
        let response = try Response(options)
        return try (0..<count).map {
            var frame = try response.frame(of: structure($0), index: $0, draw: 0, seed: 3).frame
            if weighted { frame.weight = 0.5 + Double($0 % 4) }
            return frame
        }
    }

    static func dataset(_ structures: Int = 5) throws -> Dataset {
        var dataset = Dataset()
        for k in 0..<structures { try dataset.add(structure(k)) }
        return dataset
    }

    /// Few and mild noise levels.
    static var response: ResponseOptions {
        var options = ResponseOptions(.crystalsPublished)
        options.levels = [0, 1, 2, 4, 6]
        return options
    }

    static var options: TrainerOptions {
        var options = TrainerOptions(.diamondPublished)
        options.weights = LossWeights(force: 100, stress: 10)
        options.batchSize = 4
        options.epochs = 20
        options.warmupEpochs = 2
        options.averageStart = 2
        options.averageDecay = 0.9
        options.validationShare = 0.2
        options.seed = 12
        return options
    }

    static func trainer(
        _ options: TrainerOptions = options, dataset: Dataset? = nil, response: ResponseOptions? = response,
        sum: Ranks.Sum? = nil
    ) throws -> Trainer {
        try Trainer(
            model(), dataset: dataset ?? Example.dataset(), response: response, options: options, sum: sum)
    }
}
