import Support

/// Which dilation c each noise level meets.
///
/// `strainCount` points of an even grid over ±dilation, every level with every point; 0: as many points as there are
/// levels, dealt out so that each level meets one of them; 1: a uniform draw instead of a grid.
enum Dilations {
    static func framesPerLevel(_ options: ResponseOptions) -> Int { max(1, options.strainCount) }

    /// The dilation of frame `index` of a set (`index` counts dilations fastest, then levels). `deal` is the stream of
    /// the whole set, `frame` that of the frame.
    static func dilation(
        _ index: Int, _ options: ResponseOptions, deal: RandomStream, frame: inout RandomStream
    ) -> Double {
        let points = options.strainCount == 0 ? options.levels.count : options.strainCount
        guard points > 1 else { return frame.uniform(-options.dilation, options.dilation) }
        var point = index % points
        if options.strainCount == 0 {
            var deal = deal
            point = deal.permutation(points)[point]
        }
        return options.dilation * (2 * Double(point) / Double(points - 1) - 1)
    }
}
