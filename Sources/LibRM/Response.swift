import Atoms
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
        let structure: Structure
        do throws(Failure) { structure = try given.copied() } catch { throw error.at("structure") }
        for draw in 0..<response.frameCount(for: structure) {
            let frame: Frame
            let amplitude: Double
            do throws(Failure) {
                (frame, amplitude) = try response.frame(of: structure, index: 0, draw: draw, seed: seed)
            } catch { throw error.at("frame \(draw)") }
            let stop = withHeaderFrame(frame) { receive(user, Int64(draw), &$0, amplitude) }
            guard stop == 0 else { throw Failure(.cancelled, "the callback stopped at frame \(draw)") }
        }
    }
}
