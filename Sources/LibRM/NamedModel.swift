import CLibraryPath
import Glibc
import Support

/// Models that are found by a bare name, such as "mp": NAME/model.safetensors in one of a few folders.
enum NamedModel {
    /// The path of a model file: as given if there is such a file or it looks like one (with a "/" or ".safetensors");
    /// else that of the model of this name. Throws `.file` saying where it was looked for.
    static func path(_ given: String) throws(Failure) -> String {
        guard !given.isEmpty, !given.utf8.contains(UInt8(ascii: "/")), !given.hasSuffix(".safetensors"),
            !isFile(given)
        else { return given }
        let folders = Self.folders
        for folder in folders {
            let file = "\(folder)/\(given)/model.safetensors"
            if isFile(file) { return file }
        }
        throw Failure(.file, "\(given): no such file, and no model of that name in \(folders.joined(separator: ", "))")
    }

    /// Those of $LIBRM_MODELS (colons between them), then two by the place of librm.so: `models` beside it, as in
    /// Python's package, and `share/librm/models` of the prefix that it is installed in.
    private static var folders: [String] {
        var folders = getenv("LIBRM_MODELS").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
        if let library = libraryFolder {
            folders.append("\(library)/models")
            folders.append("\(parent(library))/share/librm/models")
        }
        return folders
    }

    /// The folder of the file that this code was loaded from, links followed.
    private static var libraryFolder: String? {
        guard let name = library_path(), let real = realpath(name, nil) else { return nil }
        defer { free(real) }
        return parent(String(cString: real))
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
