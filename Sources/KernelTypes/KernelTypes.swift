package struct KernelTable: Sendable { package let probe: @Sendable (UnsafePointer<Double>, Int) -> Double
 package init(probe: @escaping @Sendable (UnsafePointer<Double>, Int) -> Double) { self.probe = probe } }
