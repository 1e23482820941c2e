import ArgumentParser
import DunlinCore
import DunlinPolicy
import DunlinPorts
import DunlinWeb
import DunlinWorld
import Foundation

struct LoadWorld: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "world",
        abstract: "W2: subscriptions of a payment world renew for some days.",
        discussion: """
            In process it measures the engine with a real journal. Connected, the nodes must run \
            with a manual clock that stands at the world's start, and the tenant's gateway must be \
            `{kind: simulated, behaviour: world, seed: SEED, count_messages: true}` with the same \
            seed and world; the policy is applied to the tenant. With `--reference` only the pure \
            core runs, on one thread.
            """)

    @Option(help: "How many subscriptions.")
    var subscriptions = 100_000

    @Option(help: "How many days.")
    var days = 60

    @Option(help: "Another seed is another world of the same kind.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "The policy; without it eight tries and four e-mails.", valueName: "file"))
    var policy: String?

    @Option(
        help: ArgumentHelp("The world; without it the one that comes along.", valueName: "file"))
    var world: String?

    @Flag(help: "Runs the engine in this process.")
    var inProcess = false

    @Flag(help: "Runs the pure core alone.")
    var reference = false

    @Option(help: ArgumentHelp("Kept; without it a temporary one, removed.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("The node to talk to.", valueName: "host:port"))
    var connect: Endpoint?

    @OptionGroup(title: "How to connect") var security: ConnectSecurity

    @Option(help: "Whose accounts they are, when connected.")
    var tenant = "main"

    @Flag(help: "Reports renewals that were paid, too.")
    var successes = false

    @Flag(help: "Compares the end with the pure core's; another digest is a failure.")
    var verify = false

    @Option(
        help: ArgumentHelp(
            "Events a second, open loop; 0 for as many as are taken.", valueName: "n"))
    var rate = 0

    @Option(
        help: ArgumentHelp("Attempts an hour that the plot shows as the limit.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Writes a page with plots.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("Writes the figures by day.", valueName: "file"))
    var csv: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...WorldWorkload.subscriptionsMax).contains(self.subscriptions) else {
            throw ValidationError("--subscriptions must be 1 to \(WorldWorkload.subscriptionsMax)")
        }
        guard (1...WorldWorkload.daysMax).contains(self.days) else {
            throw ValidationError("--days must be 1 to \(WorldWorkload.daysMax)")
        }
        let ways = [self.inProcess, self.reference, self.connect != nil].count { $0 }
        guard ways == 1 else {
            throw ValidationError("say one of --in-process, --reference and --connect HOST:PORT")
        }
        guard self.rate >= 0 else { throw ValidationError("--rate must not be negative") }
    }

    func run() async throws {
        let parameters = try WorldReading.parameters(self.world)
        let policy = try WorldReading.policy(self.policy)
        let workload = WorldWorkload(
            world: PaymentWorld(parameters, seed: self.seed), subscriptions: self.subscriptions,
            days: self.days, tenant: self.connect == nil ? EntityKey.mainTenant : self.tenant,
            sendsSuccesses: self.successes)
        var figures: WorldFigures
        if let endpoint = self.connect {
            figures = try await self.connected(endpoint, workload, policy)
        } else if self.inProcess {
            figures = try await InProcessWorld(
                workload: workload, policy: policy, data: self.data, eventsPerSecond: self.rate
            ).run()
        } else {
            figures = try self.referenced(workload, policy)
        }
        if self.verify, !self.reference {
            figures.reference = try self.referenced(workload, policy).tally.digest
        }
        try self.write(figures)
        if let reference = figures.reference, reference != figures.tally.digest {
            throw ExitCode(1)
        }
    }

    private func write(_ figures: WorldFigures) throws {
        if let html = self.html {
            try WorldReport(figures, limit: self.limit).page.write(
                toFile: html, atomically: true, encoding: .utf8)
        }
        if let csv = self.csv {
            try WorldReport(figures, limit: self.limit).csv.write(
                toFile: csv, atomically: true, encoding: .utf8)
        }
        if self.output.json { return Console.write(figures.json.compactText) }
        Console.write(figures.lines)
    }

    private func referenced(
        _ workload: WorldWorkload, _ policy: PolicyText
    ) throws -> WorldFigures {
        let context = try WorldReading.context(policy, tenant: workload.tenant)
        let usage = Usage()
        let outcome = WorldReference(workload, context: context).run()
        var figures = WorldFigures(
            workload: workload, tally: outcome.tally, spent: usage.spent())
        figures.transitions = outcome.transitions
        figures.attemptsByHour = outcome.attemptsByHour
        return figures
    }

    private func connected(
        _ endpoint: Endpoint, _ workload: WorldWorkload, _ policy: PolicyText
    ) async throws -> WorldFigures {
        let node = PatientTarget(endpoint, self.security)
        defer { node.close() }
        let start = workload.world.parameters.start
        let clock = try await node.call { try await $0.clock() }
        guard clock.kind != "wall", clock.now == start else {
            throw Failure(
                "the node's clock must be a manual one at \(start); it is the \(clock.kind) one at "
                    + "\(clock.now)")
        }
        _ = try await node.call {
            try await $0.applyPolicy(yaml: policy.text, tenant: workload.tenant)
        }
        let progress = WorldProgress(steps: workload.steps)
        let before = try await node.call { try await $0.status().transitions }
        let usage = Usage()
        var run = WorldRun(
            workload, clock: MonotonicClock.nowNs, wait: MonotonicClock.wait(untilNs:),
            onStep: progress.show)
        run.eventsPerSecond = self.rate
        run.eventsPerCall = 500
        run.callsMax = 8
        let sent = try await run.play(node)
        let spent = usage.spent()
        progress.end()
        var figures = WorldFigures(
            workload: workload, tally: try await run.tally(node, sent.accounts), spent: spent)
        // A node that was started again counts from nothing.
        let after = try await node.call { try await $0.status().transitions }
        figures.transitions = after > before ? after - before : after
        figures.sent = sent
        return figures
    }
}
