import CErrorMessage
import CRM
import Support

/// Runs the body of a function of rm.h: a failure becomes its status, and its words the thread's last message.
func boundary(_ body: () throws(Failure) -> Void) -> rm_status {
    do throws(Failure) { try body() } catch { return report(error) }
    return RM_OK
}

/// Keeps the message for `rm_last_error`.
@discardableResult
func report(_ failure: Failure) -> rm_status {
    let buffer = error_message()!
    let bytes = failure.message.utf8.prefix(Int(error_message_capacity) - 1).filter { $0 != 0 }
    // A message that is cut is cut between characters.
    var count = bytes.count
    if count < failure.message.utf8.count {
        while count > 0 && bytes[count - 1] & 0xC0 == 0x80 { count -= 1 }
        if count > 0 && bytes[count - 1] >= 0xC0 { count -= 1 }
    }
    for index in 0..<count { buffer[index] = CChar(bitPattern: bytes[index]) }
    buffer[count] = 0
    return failure.kind.status
}

@c @implementation
public func rm_last_error() -> UnsafePointer<CChar>? { UnsafePointer(error_message()) }

extension Failure.Kind {
    var status: rm_status {
        switch self {
        case .argument: RM_ERROR_ARGUMENT
        case .structure: RM_ERROR_STRUCTURE
        case .element: RM_ERROR_ELEMENT
        case .file: RM_ERROR_FILE
        case .format: RM_ERROR_FORMAT
        case .cancelled: RM_ERROR_CANCELLED
        case .callback: RM_ERROR_CALLBACK
        case .numbers: RM_ERROR_NUMBERS
        case .memory: RM_ERROR_MEMORY
        }
    }
}
