import Glibc

package enum Clock {
    /// Seconds since some moment, which is the same for all calls.
    package static var seconds: Double { Double(nanoseconds) * 1e-9 }

    package static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
