import Support

extension SpaceGroup {
    /// Hall symbols of the 230 groups: unique axis b, hexagonal axes, origin at the first choice.
    static let symbols: [StaticString] = [
        "P 1", "-P 1", "P 2y", "P 2yb", "C 2y", "P -2y", "P -2yc", "C -2y", "C -2yc", "-P 2y", "-P 2yb", "-C 2y",
        "-P 2yc", "-P 2ybc", "-C 2yc", "P 2 2", "P 2c 2", "P 2 2ab", "P 2ac 2ab", "C 2c 2", "C 2 2", "F 2 2",
        "I 2 2", "I 2b 2c", "P 2 -2", "P 2c -2", "P 2 -2c", "P 2 -2a", "P 2c -2ac", "P 2 -2bc", "P 2ac -2",
        "P 2 -2ab", "P 2c -2n", "P 2 -2n", "C 2 -2", "C 2c -2", "C 2 -2c", "A 2 -2", "A 2 -2b", "A 2 -2a",
        "A 2 -2ab", "F 2 -2", "F 2 -2d", "I 2 -2", "I 2 -2c", "I 2 -2a", "-P 2 2", "P 2 2 -1n", "-P 2 2c",
        "P 2 2 -1ab", "-P 2a 2a", "-P 2a 2bc", "-P 2ac 2", "-P 2a 2ac", "-P 2 2ab", "-P 2ab 2ac", "-P 2c 2b",
        "-P 2 2n", "P 2 2ab -1ab", "-P 2n 2ab", "-P 2ac 2ab", "-P 2ac 2n", "-C 2c 2", "-C 2ac 2", "-C 2 2",
        "-C 2 2c", "-C 2a 2", "C 2 2 -1ac", "-F 2 2", "F 2 2 -1d", "-I 2 2", "-I 2 2c", "-I 2b 2c", "-I 2b 2",
        "P 4", "P 4w", "P 4c", "P 4cw", "I 4", "I 4bw", "P -4", "I -4", "-P 4", "-P 4c", "P 4ab -1ab", "P 4n -1n",
        "-I 4", "I 4bw -1bw", "P 4 2", "P 4ab 2ab", "P 4w 2c", "P 4abw 2nw", "P 4c 2", "P 4n 2n", "P 4cw 2c",
        "P 4nw 2abw", "I 4 2", "I 4bw 2bw", "P 4 -2", "P 4 -2ab", "P 4c -2c", "P 4n -2n", "P 4 -2c", "P 4 -2n",
        "P 4c -2", "P 4c -2ab", "I 4 -2", "I 4 -2c", "I 4bw -2", "I 4bw -2c", "P -4 2", "P -4 2c", "P -4 2ab",
        "P -4 2n", "P -4 -2", "P -4 -2c", "P -4 -2ab", "P -4 -2n", "I -4 -2", "I -4 -2c", "I -4 2", "I -4 2bw",
        "-P 4 2", "-P 4 2c", "P 4 2 -1ab", "P 4 2 -1n", "-P 4 2ab", "-P 4 2n", "P 4ab 2ab -1ab", "P 4ab 2n -1ab",
        "-P 4c 2", "-P 4c 2c", "P 4n 2c -1n", "P 4n 2 -1n", "-P 4c 2ab", "-P 4n 2n", "P 4n 2n -1n", "P 4n 2ab -1n",
        "-I 4 2", "-I 4 2c", "I 4bw 2bw -1bw", "I 4bw 2aw -1bw", "P 3", "P 31", "P 32", "R 3", "-P 3", "-R 3",
        "P 3 2", "P 3 2\"", "P 31 2 (0 0 4)", "P 31 2\"", "P 32 2 (0 0 2)", "P 32 2\"", "R 3 2\"", "P 3 -2\"",
        "P 3 -2", "P 3 -2\"c", "P 3 -2c", "R 3 -2\"", "R 3 -2\"c", "-P 3 2", "-P 3 2c", "-P 3 2\"", "-P 3 2\"c",
        "-R 3 2\"", "-R 3 2\"c", "P 6", "P 61", "P 65", "P 62", "P 64", "P 6c", "P -6", "-P 6", "-P 6c", "P 6 2",
        "P 61 2 (0 0 5)", "P 65 2 (0 0 1)", "P 62 2 (0 0 4)", "P 64 2 (0 0 2)", "P 6c 2c", "P 6 -2", "P 6 -2c",
        "P 6c -2", "P 6c -2c", "P -6 2", "P -6c 2", "P -6 -2", "P -6c -2c", "-P 6 2", "-P 6 2c", "-P 6c 2",
        "-P 6c 2c", "P 2 2 3", "F 2 2 3", "I 2 2 3", "P 2ac 2ab 3", "I 2b 2c 3", "-P 2 2 3", "P 2 2 3 -1n",
        "-F 2 2 3", "F 2 2 3 -1d", "-I 2 2 3", "-P 2ac 2ab 3", "-I 2b 2c 3", "P 4 2 3", "P 4n 2 3", "F 4 2 3",
        "F 4d 2 3", "I 4 2 3", "P 4acd 2ab 3", "P 4bd 2ab 3", "I 4bd 2c 3", "P -4 2 3", "F -4 2 3", "I -4 2 3",
        "P -4n 2 3", "F -4a 2 3", "I -4bd 2c 3", "-P 4 2 3", "P 4 2 3 -1n", "-P 4n 2 3", "P 4n 2 3 -1n",
        "-F 4 2 3", "-F 4a 2 3", "F 4d 2 3 -1d", "F 4d 2 3 -1ad", "-I 4 2 3", "-I 4bd 2c 3",
    ]

    /// How many of 16,491 crystals of the Materials Project with up to 20 atoms in the primitive cell have each group
    /// (spglib, 0.02 Å).
    private static let occurrences: [UInt16] = [
        278, 359, 12, 77, 95, 38, 49, 114, 95, 35, 204, 644, 53, 324, 363, 0, 0, 4, 43, 20, 8, 0, 1, 3, 8, 21, 0,
        1, 6, 1, 63, 0, 38, 5, 1, 116, 3, 43, 7, 26, 3, 8, 30, 47, 0, 15, 19, 0, 1, 0, 33, 3, 10, 2, 42, 2, 26, 53,
        74, 20, 10, 721, 594, 49, 107, 6, 9, 4, 17, 61, 144, 84, 0, 127, 0, 2, 0, 0, 4, 0, 0, 86, 4, 10, 4, 7, 77,
        62, 0, 0, 0, 8, 0, 0, 0, 3, 6, 5, 15, 2, 0, 5, 0, 0, 2, 0, 31, 5, 21, 0, 5, 1, 16, 4, 18, 4, 0, 2, 33, 1,
        64, 138, 227, 6, 11, 0, 134, 6, 400, 2, 19, 9, 0, 0, 0, 123, 12, 0, 1125, 230, 199, 1, 4, 0, 1, 38, 19,
        197, 2, 9, 0, 20, 0, 8, 33, 32, 5, 0, 4, 91, 28, 31, 22, 322, 0, 528, 84, 0, 0, 0, 0, 0, 13, 5, 0, 49, 0,
        0, 0, 20, 9, 12, 0, 0, 1, 170, 99, 0, 247, 17, 185, 0, 111, 829, 0, 0, 0, 47, 7, 1, 0, 0, 0, 52, 30, 0, 0,
        0, 0, 0, 0, 2, 3, 1, 26, 536, 14, 2, 0, 72, 1143, 0, 59, 8, 2280, 0, 286, 0, 49, 0,
    ]

    /// The fewest different images that a site of each group has in the primitive cell.
    static let fewest: [UInt8] = [
        1, 1, 1, 2, 1, 1, 2, 1, 2, 1, 2, 1, 2, 2, 2, 1, 2, 2, 4, 2, 1, 1, 1, 2, 1, 2, 2, 2, 4, 2, 2, 2, 4, 2, 1,
        2, 2, 1, 2, 2, 2, 1, 2, 1, 2, 2, 1, 2, 2, 2, 2, 4, 2, 4, 2, 4, 4, 2, 2, 4, 4, 4, 2, 2, 1, 2, 2, 2, 1, 2,
        1, 2, 4, 2, 1, 4, 2, 4, 1, 2, 1, 1, 1, 2, 2, 2, 1, 2, 1, 2, 4, 4, 2, 2, 4, 4, 1, 2, 1, 2, 2, 2, 2, 2, 2,
        4, 1, 2, 2, 4, 1, 2, 2, 2, 1, 2, 2, 2, 1, 2, 1, 2, 1, 2, 2, 2, 2, 2, 2, 4, 2, 2, 4, 2, 4, 2, 2, 4, 1, 2,
        2, 4, 1, 3, 3, 1, 1, 1, 1, 1, 3, 3, 3, 3, 1, 1, 1, 2, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 6, 6, 3, 3, 2, 1, 1,
        2, 1, 6, 6, 3, 3, 2, 1, 2, 2, 2, 1, 2, 1, 2, 1, 2, 2, 2, 1, 1, 1, 4, 4, 1, 2, 1, 2, 1, 4, 4, 1, 2, 1, 2,
        1, 4, 4, 4, 1, 1, 1, 2, 2, 6, 1, 2, 2, 2, 1, 2, 2, 4, 1, 8,
    ]

    /// A group as often as crystals have it; one more is counted for each, so that all come up.
    static func drawn(_ random: inout RandomStream) -> SpaceGroup? {
        var left = random.index(below: 16_491 + symbols.count)
        for (k, count) in occurrences.enumerated() {
            left -= Int(count) + 1
            if left < 0 { return all[k] }
        }
        return all[0]
    }

    /// By number, from 1; some 10 ms of work, done once.
    private static let all = (1...230).map { SpaceGroup($0) }
}
