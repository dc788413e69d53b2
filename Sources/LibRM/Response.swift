import CRM
import Response
import Support

@c @implementation
public func rm_response_draw(
    _ structure: UnsafePointer<rm_structure>?, _ options: UnsafePointer<rm_response_options>?, _ seed: UInt64,
    _ receive: (@convention(c) (UnsafeMutableRawPointer?, Int64, UnsafePointer<rm_frame>?, Double) -> Int32)?,
    _ user: UnsafeMutableRawPointer?
) -> rm_status {
    boundary { () throws(Failure) in
        let given = try required(structure, "structure").pointee
        let response = try Response(try rm_response_options.read(options, "options"))
        let receive = try required(receive, "frame")
        do throws(Failure) {
            let structure = try given.copied()
            for draw in 0..<response.frameCount(for: structure) {
                let (frame, amplitude) = try response.frame(of: structure, index: 0, draw: draw, seed: seed)
                let stop = withHeaderFrame(frame) { receive(user, Int64(draw), &$0, amplitude) }
                guard stop == 0 else { throw Failure(.cancelled, "the callback stopped at frame \(draw)") }
            }
        } catch { throw error.at("structure") }
    }
}
