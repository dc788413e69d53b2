import CRM
import Glibc
import Potential
import Support

/// A workspace as a host holds it.
final class WorkspaceObject {
    static let kind = HandleKind<WorkspaceObject>(name: "workspace", mark: 0x724D_576F_726B_5F31)

    let evaluation: Evaluation
    private(set) lazy var host = HostEvaluator(
        evaluation.model, threads: evaluation.evaluator.threads, precision: evaluation.evaluator.precision)
    /// For relaxations that ask for single precision while the workspace's is double.
    private lazy var single = Evaluator(
        evaluation.model, threads: evaluation.evaluator.threads, skin: skin, precision: .single)
    private let skin: Double
    let turn = Turn(of: "workspace")

    init(_ model: Model, threads: Int, skin: Double, precision: Precision) throws(Failure) {
        self.skin = skin
        evaluation = try Evaluation(model, threads: threads, skin: skin, precision: precision)
    }

    /// For relaxations that ask for a precision.
    func evaluator(_ precision: Precision) -> Evaluator {
        precision == .single && evaluation.evaluator.precision == .double ? single : evaluation.evaluator
    }
}

/// Makes sure that what serves one thread at a time does, callbacks that call back included.
final class Turn: @unchecked Sendable {
    private let owner: String
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init(of owner: String) {
        self.owner = owner
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Throws `.argument` if another call is at it.
    func take<R>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
        guard pthread_mutex_trylock(mutex) == 0 else {
            throw Failure(.argument, "the \(owner) is in use by another call; it serves one at a time")
        }
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}

/// Calls `body` with the workspace behind a handle, if no other call is using it.
func use(_ handle: OpaquePointer?, _ body: (WorkspaceObject) throws(Failure) -> Void) -> rm_status {
    boundary { () throws(Failure) in
        let workspace = try WorkspaceObject.kind.object(handle)
        try workspace.turn.take { () throws(Failure) in try body(workspace) }
    }
}

private let defaults = rm_workspace_options(
    size: MemoryLayout<rm_workspace_options>.size, threads: 1, skin: 0,
    precision: RM_PRECISION_DOUBLE)

@c @implementation
public func rm_workspace_options_init(_ options: UnsafeMutablePointer<rm_workspace_options>?, _ size: Int) {
    Options.initialize(options, size) { defaults }
}

@c @implementation
public func rm_workspace_create(
    _ handle: OpaquePointer?, _ given: UnsafePointer<rm_workspace_options>?,
    _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    boundary { () throws(Failure) in
        try set(output, WorkspaceObject.kind) { () throws(Failure) in
            let model = try model(handle)
            let options = given == nil ? defaults : try Options.read(given, "options", over: defaults)
            let threads = try threadCount(options.threads)
            try check("skin", options.skin, 0...100)
            return try WorkspaceObject(
                model, threads: threads, skin: options.skin, precision: try precision(options.precision))
        }
    }
}

@c @implementation
public func rm_workspace_free(_ handle: UnsafeMutablePointer<OpaquePointer?>?) { WorkspaceObject.kind.free(handle) }
