import DunlinCore
import DunlinPorts

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The simulated gateway's visitors' book: when each request arrived, for load tests that look
/// whether a limit was kept.
///
/// Format: sixteen bytes for each charge, the wall clock's ms since 1970 and the low half of the
/// idempotency key, little-endian, appended in one write for each call. Several nodes of one machine
/// may write one file.
package final class SimulatedArrivals: Sendable {
    package struct Arrival: Hashable, Sendable {
        /// Of the wall clock.
        package var atMs: Int64
        /// The low half of the idempotency key.
        package var key: UInt64
    }

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

    func note(_ orders: [ChargeOrder]) {
        let ms = UInt64(bitPattern: self.now())
        var bytes: [UInt8] = []
        for order in orders {
            for number in [ms, order.key.low] {
                for shift in stride(from: UInt64(0), to: 64, by: 8) {
                    bytes.append(UInt8(truncatingIfNeeded: number >> shift))
                }
            }
        }
        _ = bytes.withUnsafeBytes { unsafe write(self.descriptor, $0.baseAddress, $0.count) }
    }

    /// What a file tells. A torn last entry is left out.
    package static func arrivals(in bytes: [UInt8]) -> [Arrival] {
        (0..<(bytes.count / 16)).map { place in
            let numbers = [place * 16, place * 16 + 8].map { first in
                bytes[first..<(first + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            return Arrival(atMs: Int64(bitPattern: numbers[0]), key: numbers[1])
        }
    }
}
