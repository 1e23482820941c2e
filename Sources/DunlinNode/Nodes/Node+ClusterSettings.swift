package import DunlinCluster
import DunlinCore
package import DunlinPorts
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
        guard settings.bundle != 0, settings.bundle != self.bundle, let library else { return }
        let source = try await library.source(ofBundle: settings.bundle)
        let supplied = try self.shelf.adopt(BundleID(settings.bundle), source: source)
        await self.installEverywhere()
        try await self.activateWhereLed(supplied.bundle.id)
    }

    func activateWhereLed(_ bundle: BundleID) async throws(NodeError) {
        for shard in self.shards {
            do throws(NodeError) {
                try await shard.activate(bundle: bundle)
            } catch {
                // Of a shard that another node leads, that node says so in its journal; one that is
                // just taken up begins with what is installed.
                guard error.code == .notPrimary || error.code == .unavailable else { throw error }
            }
        }
    }
}
