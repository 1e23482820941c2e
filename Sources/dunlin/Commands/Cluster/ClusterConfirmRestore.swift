import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWeb

struct ClusterConfirmRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm-restore",
        abstract: "Lets a restored cluster charge again, after a look at the gateways.",
        discussion: """
            First the accounts of --erasures are erased again; then every node compares the open \
            invoices of each tenant's billing system with what it holds, and asks about attempts \
            whose outcome is not known. Only when that went well everywhere and nothing is left in \
            doubt may charges go on. What the gateway charged after the backup shows there, and in \
            its list of paid invoices, not in the journals.
            """)

    @Option(
        help: ArgumentHelp(
            "Accounts that were erased since the backup: `TENANT ACCOUNT` a line.",
            valueName: "file"))
    var erasures: String?

    @Flag(help: "Also with attempts in doubt: they are asked about again and again, as always.")
    var despiteDoubt = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let before = try await self.cluster.withCluster {
            remote throws(CoordinatorError) in try await remote.status()
        }
        guard before.map.settings.awaitsConfirmation else {
            throw Failure("Nothing waits to be confirmed: this cluster charges already.")
        }
        guard before.shardsInTrouble.isEmpty else {
            throw Failure(
                "\(before.shardsInTrouble.count) shards are not served: see `dunlin cluster status`."
            )
        }
        let channels = OpenChannels(self.cluster.security)
        defer { channels.close() }
        let node = RemoteNode(try await channels.channel(to: self.cluster.connect))
        var sum = Reconciled()
        do {
            try await self.eraseAgain(node)
            for tenant in try await node.status().tenants {
                let found = try await self.reconcile(tenant.name, node)
                sum.listed += found.listed
                sum.news += found.news
                sum.refused += found.refused
                sum.inDoubt += found.inDoubt
            }
        } catch let error as NodeError {
            throw Failure(error, at: Endpoints(self.cluster.connect))
        }
        guard sum.inDoubt == 0 || self.despiteDoubt else {
            throw Failure(
                "\(sum.inDoubt) attempts are in doubt: the gateway has not said what became of them."
                    + " Try again in a while, or say --despite-doubt.")
        }
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(.confirmRestore)
        }
        do {
            try await self.untilHeard(node)
        } catch let error as NodeError {
            throw Failure(error, at: Endpoints(self.cluster.connect))
        }
        self.show(sum)
    }

    /// Nodes hear of it with their next heartbeat: waits until none says any more that it waits.
    private func untilHeard(_ node: RemoteNode) async throws {
        var looks = 0
        for _ in 0..<Self.looksMax {
            let waits = try await node.status().warnings.contains {
                $0.contains(Node.awaitsConfirmationHint)
            }
            looks = waits ? 0 : looks + 1
            // What a node has heard its shards know a moment later.
            if looks == 2 { return }
            try await Task.sleep(for: .milliseconds(Self.lookEveryMs))
        }
        Console.note("the cluster is confirmed; a node has not heard of it yet: see `node status`")
    }

    private static let looksMax = 50
    private static let lookEveryMs = 200

    private func eraseAgain(_ node: RemoteNode) async throws {
        guard let path = self.erasures else { return }
        for key in try ErasureFile(path).keys {
            // `nil`: an account that the backup never heard of.
            _ = try await node.operate(key, OperatorRequest(verb: .erase))
        }
    }

    /// A tenant without a billing system has nothing to compare with.
    private func reconcile(_ tenant: String, _ node: RemoteNode) async throws -> Reconciled {
        do throws(NodeError) {
            return try await node.reconcile(tenant: tenant)
        } catch {
            guard error.code == .notFound else { throw error }
            return Reconciled()
        }
    }

    private func show(_ sum: Reconciled) {
        if self.output.json {
            Console.write([
                "confirmed": .bool(true), "listed": .integer(sum.listed),
                "news": .integer(sum.news), "refused": .integer(sum.refused),
                "in_doubt": .integer(sum.inDoubt),
            ])
        } else {
            Console.write(
                "charges go on: \(sum.listed) open invoices were compared, \(sum.news) told"
                    + " something new, \(sum.inDoubt) attempts are in doubt")
        }
    }
}
