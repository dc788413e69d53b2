/// The inner loops that know nothing of networks, for one instruction set; in double precision whatever the potential
/// is evaluated with.
package struct CommonKernels: Sendable {
    /// The search for neighbours among sites.
    package let scanSites: SiteScan.Function
    /// Images of a site under the operations of a space group.
    package let findImages: ImageSearch.Function
    /// The direction of a step of L-BFGS.
    package let findDirection: CurvaturePairs.Function
    /// A step of training.
    package let takeAdamStep: AdamStep.Function

    package init(
        scanSites: @escaping SiteScan.Function, findImages: @escaping ImageSearch.Function,
        findDirection: @escaping CurvaturePairs.Function, takeAdamStep: @escaping AdamStep.Function
    ) {
        self.scanSites = scanSites
        self.findImages = findImages
        self.findDirection = findDirection
        self.takeAdamStep = takeAdamStep
    }
}
