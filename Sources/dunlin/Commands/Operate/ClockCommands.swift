import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct ClockCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Shows the node's clock, or moves a manual one forward.",
        subcommands: [ClockShow.self, ClockAdvance.self, ClockSet.self])
}

/// Where, and how the clock is shown.
struct ClockOptions: ParsableArguments {
    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func write(_ view: ClockView) {
        if self.output.json { return Console.write(view.json) }
        Console.write("\(view.now) (\(view.kind))")
    }
}

struct ClockShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the node's domain time.")

    @OptionGroup var options: ClockOptions

    func run() async throws {
        self.options.write(try await self.options.connection.withNode { try await $0.clock() })
    }
}

struct ClockAdvance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advance",
        abstract: "Moves a manual clock forward and waits until all that fell due is done.")

    @Argument(help: "How far: 3d, 12h, 90m, 1d12h.")
    var span: Span

    @OptionGroup var options: ClockOptions

    func run() async throws {
        let ms = self.span.ms
        let view = try await self.options.connection.withNode { node in
            let now = try await node.clock().now
            return try await node.advanceClock(to: now.advanced(byMs: ms))
        }
        self.options.write(view)
    }
}

struct ClockSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Moves a manual clock forward to an instant and waits as `advance` does.")

    @Argument(help: "The instant: 2026-01-04T00:00:00Z, or 2026-01-04.")
    var instant: Instant

    @OptionGroup var options: ClockOptions

    func run() async throws {
        let instant = self.instant.timestamp
        let view = try await self.options.connection.withNode {
            try await $0.advanceClock(to: instant)
        }
        self.options.write(view)
    }
}
