import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWorld
import Foundation

/// What an open case takes in memory: resident set with all cases open, less the one without any.
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Memory for each open case, all resident, with a method and a contact each.")

    @Option(name: .long, help: "How many cases.")
    var cases = 1_000_000

    @Option(name: .long, help: "Where the files go.")
    var directory = NSTemporaryDirectory()

    @Flag(name: .long, help: "Answer as JSON on stdout.")
    var json = false

    func validate() throws {
        guard self.cases > 0 else { throw ValidationError("--cases must be greater than 0") }
    }

    /// Events of one call.
    private static let chunkCount = 4096

    func run() async throws {
        let cases = self.cases
        let bench = try await BenchNode.start(in: self.directory, policy: "standard", seed: 1)
        let (before, after, wall) = try await bench.run { bench in
            let before = Self.residentBytes()
            let clock = ContinuousClock()
            let start = clock.now
            var first = 0
            while first < cases {
                let last = min(cases, first + Self.chunkCount)
                let results = try await bench.node.intake((first..<last).map { Self.event($0) })
                for case let result in results where result != .accepted {
                    throw ValidationError("an event was answered \(result)")
                }
                first = last
            }
            let wall = (clock.now - start) / .seconds(1)
            // Until every card and address has said whose it is: they are memory, too.
            _ = try await bench.node.advanceClock(to: LadderWorkload.start)
            return (before, Self.residentBytes(), wall)
        }
        let bytes = (after - before) / cases
        if self.json {
            print(
                """
                {"cases":\(cases),"bytes_per_case":\(bytes),"rss_before_mb":\(before >> 20),\
                "rss_after_mb":\(after >> 20),"opened_per_s":\(Int(Double(cases) / wall))}
                """)
        } else {
            print(
                "\(bytes) bytes for each of \(cases) open cases: \(before >> 20) MiB without, "
                    + "\(after >> 20) MiB with; opened \(Int(Double(cases) / wall)) a second")
        }
    }

    /// Ids as long as a billing system's: 18 to 28 characters.
    private static func event(_ index: Int) -> IntakeEvent {
        let one = Self.letters(UInt64(index))
        let two = Self.letters(UInt64(index) ^ 0xFFFF_0000)
        let at = LadderWorkload.start
        return IntakeEvent(
            key: EntityKey(key: "cus_" + one.prefix(14)),
            facts: IntakeFacts(
                eventID: "evt_" + one + two.prefix(8), occurredAt: at,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in_" + two + one.prefix(8),
                            subscription: "sub_" + one
                                + two.prefix(8),
                            amountMinor: LadderWorkload.amountMinor(index), currency: .eur),
                        codes: DeclineCodes(code: "insufficient_funds"))),
                profile: ProfileChange(locale: "en", zone: "UTC"),
                method: MethodChange(
                    method: PaymentMethod(
                        token: "pm_" + two + one.suffix(8), fingerprint: one,
                        network: .visa, funding: .credit, lastFour: "4242", expiryMonth: 24_383))),
            personal: [
                PersonalContact(channel: .email, address: "someone.\(index)@example.com")
            ])
    }

    /// Sixteen letters: digits in a row could be a card number.
    private static func letters(_ seed: UInt64) -> String {
        let bits = splitmix64(seed)
        return String(
            decoding: (0..<16).map { UInt8(0x61 + (bits >> UInt64($0 * 4)) & 0xF) },
            as: UTF8.self)
    }

    /// Of this process, in bytes. Source: `man 5 proc`, statm.
    private static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
            return 0
        }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
