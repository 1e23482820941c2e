import ArgumentParser
import DunlinCore
import DunlinPorts

struct SnoozeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snooze",
        abstract: "Leaves a customer alone for a while: no charge, no message, no loss of access.")

    @OptionGroup var account: AccountOptions

    @Option(help: "Until then: 2026-01-01 or 2026-01-01T00:00:00Z.")
    var until: Instant?

    @Option(name: .customLong("for"), help: "For so long: 3d, 12h.")
    var span: Span?

    @Option(name: .customLong("case"), help: "The case's number; all open ones without it.")
    var number: UInt32 = 0

    func validate() throws {
        guard (self.until == nil) != (self.span == nil) else {
            throw ValidationError("Give either --until or --for.")
        }
    }

    func run() async throws {
        let (until, span) = (self.until?.timestamp, self.span)
        let instant = try await self.account.connection.withNode { node in
            if let until { return until }
            return try await node.clock().now.advanced(byMs: span?.ms ?? 0)
        }
        try await self.account.operate(
            OperatorRequest(verb: .snooze, caseNumber: self.number, until: instant))
    }
}
