package import DunlinCluster
import DunlinCore
package import DunlinPorts
import Logging
import Synchronization

// What the whole cluster decides by: its bundle, and whether a restore was confirmed.

extension Node {
    /// The bundle by which this node decides.
    package var bundle: UInt64 { self.shelf.snapshot.current.bundle.id.rawValue }

    /// Comes level with the cluster's settings. Nothing is done where it is.
    ///
    /// Throws when the cluster's bundle cannot be had or read; then the node decides by an old one,
    /// must say so, and must start nothing.
    package func follow(
        _ settings: ClusterSettings, _ library: (any BundleLibrary)?
    ) async throws {
        let wasWaiting = self.awaitsConfirmation.withLock { waits in
            defer { waits = settings.awaitsConfirmation }
            return waits
        }
        if wasWaiting != settings.awaitsConfirmation { await self.installEverywhere() }
        if let part = self.settings.cluster, part.raise(to: settings.level) {
            await self.note("level") { () throws(NodeError) in
                try await self.raiseWhereLed(settings.level)
            }
        }
        guard settings.bundle != 0, settings.bundle != self.bundle, let library else { return }
        let source = try await library.source(ofBundle: settings.bundle)
        let supplied = try self.shelf.adopt(BundleID(settings.bundle), source: source)
        await self.installEverywhere()
        await self.note("bundle") { () throws(NodeError) in
            try await self.activateWhereLed(supplied.bundle.id)
        }
    }

    /// What is in force is written into the journals as well; a failure there takes nothing back.
    private func note(
        _ what: String, _ body: () async throws(NodeError) -> Void
    ) async {
        do throws(NodeError) {
            try await body()
        } catch {
            self.log.warning(
                "some shards did not journal what is in force",
                metadata: ["what": "\(what)", "why": "\(error.code)"])
        }
    }

    func activateWhereLed(_ bundle: BundleID) async throws(NodeError) {
        try await self.whereLed { shard throws(NodeError) in
            try await shard.activate(bundle: bundle)
        }
    }

    private func raiseWhereLed(_ level: UInt32) async throws(NodeError) {
        try await self.whereLed { shard throws(NodeError) in
            try await shard.raise(toLevel: level)
        }
    }

    /// Of all led shards at once: each waits for a commit.
    private func whereLed(
        _ body: @Sendable @escaping (Shard) async throws(NodeError) -> Void
    ) async throws(NodeError) {
        let failures = await withTaskGroup(of: NodeError?.self) { group in
            for shard in self.shards {
                group.addTask {
                    do throws(NodeError) {
                        try await body(shard)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var failures: [NodeError] = []
            for await case let failure? in group { failures.append(failure) }
            return failures
        }
        // Of a shard that another node leads, that node says so in its journal; one that is just
        // taken up begins with what is installed.
        let failure = failures.first { $0.code != .notPrimary && $0.code != .unavailable }
        if let failure { throw failure }
    }
}
