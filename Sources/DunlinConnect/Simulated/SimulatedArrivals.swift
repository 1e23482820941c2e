#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The simulated gateway's visitors' book: when each request arrived, for load tests that look
/// whether a limit was kept.
///
/// Format: eight bytes for each charge, the wall clock's ms since 1970, little-endian, appended in
/// one write for each call. Several nodes of one machine may write one file.
package final class SimulatedArrivals: Sendable {
    private let descriptor: Int32
    private let now: @Sendable () -> Int64

    /// `now`: The wall clock, in ms.
    ///
    /// Throws ``SimulatedLedgerError`` when the file cannot be opened.
    package init(
        path: String, now: @escaping @Sendable () -> Int64
    ) throws(SimulatedLedgerError) {
        self.descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        self.now = now
        guard self.descriptor >= 0 else {
            throw SimulatedLedgerError(.open, errorNumber: errno)
        }
    }

    deinit { close(self.descriptor) }

    func note(_ count: Int) {
        let ms = UInt64(bitPattern: self.now())
        var bytes: [UInt8] = []
        for _ in 0..<count {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: ms >> shift))
            }
        }
        _ = bytes.withUnsafeBytes { unsafe write(self.descriptor, $0.baseAddress, $0.count) }
    }

    /// The instants of a file, in ms. A torn last entry is left out.
    package static func instants(in bytes: [UInt8]) -> [Int64] {
        (0..<(bytes.count / 8)).map { place in
            let slice = bytes[(place * 8)..<(place * 8 + 8)]
            return Int64(bitPattern: slice.reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
    }
}
