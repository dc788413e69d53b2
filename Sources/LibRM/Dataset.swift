import CRM
import Support
import Training

/// A dataset as a host holds it. Adding is for one thread at a time; what has been built is only read.
final class DatasetObject {
    static let kind = HandleKind<DatasetObject>(name: "dataset", mark: 0x724D_4461_7461_5F31)

    var dataset = Dataset()
}

@c @implementation
public func rm_dataset_create(_ output: UnsafeMutablePointer<OpaquePointer?>?) -> rm_status {
    boundary { () throws(Failure) in
        try set(output, DatasetObject.kind) { () throws(Failure) in DatasetObject() }
    }
}

@c @implementation
public func rm_dataset_free(_ handle: UnsafeMutablePointer<OpaquePointer?>?) { DatasetObject.kind.free(handle) }

@c @implementation
public func rm_dataset_add_structure(
    _ handle: OpaquePointer?, _ structure: UnsafePointer<rm_structure>?
) -> rm_status {
    boundary { () throws(Failure) in
        let object = try DatasetObject.kind.object(handle)
        let given = try required(structure, "structure").pointee
        try object.dataset.add(try given.copied())
    }
}

@c @implementation
public func rm_dataset_add_frame(_ handle: OpaquePointer?, _ frame: UnsafePointer<rm_frame>?) -> rm_status {
    boundary { () throws(Failure) in
        let object = try DatasetObject.kind.object(handle)
        let given = try required(frame, "frame").pointee
        try object.dataset.add(try given.copied())
    }
}

@c @implementation
public func rm_dataset_add_pair(
    _ handle: OpaquePointer?, _ lower: UnsafePointer<rm_structure>?, _ higher: UnsafePointer<rm_structure>?
) -> rm_status {
    boundary { () throws(Failure) in
        let object = try DatasetObject.kind.object(handle)
        let (lower, higher) = (try required(lower, "lower").pointee, try required(higher, "higher").pointee)
        try object.dataset.add(Pair(lower: try lower.copied(), higher: try higher.copied()))
    }
}

@c @implementation
public func rm_dataset_structure_count(_ handle: OpaquePointer?) -> Int64 {
    Int64(DatasetObject.kind.find(handle)?.dataset.structures.count ?? 0)
}

@c @implementation
public func rm_dataset_frame_count(_ handle: OpaquePointer?) -> Int64 {
    Int64(DatasetObject.kind.find(handle)?.dataset.frames.count ?? 0)
}

@c @implementation
public func rm_dataset_pair_count(_ handle: OpaquePointer?) -> Int64 {
    Int64(DatasetObject.kind.find(handle)?.dataset.pairs.count ?? 0)
}
