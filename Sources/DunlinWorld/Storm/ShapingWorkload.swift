package import DunlinCore
package import DunlinPorts

/// Half of all accounts fail at one instant, as on the 1st of a month, and the others in waves after
/// it: retries a day later fall on each other wherever a policy's jitter may put them.
package struct ShapingWorkload: Sendable {
    package let accounts: Int
    package let start: Timestamp
    package let tenant: String

    package static let waves = 4
    package static let waveEveryMs = 10 * Milliseconds.minute

    package init(accounts: Int, start: Timestamp, tenant: String = EntityKey.mainTenant) {
        self.accounts = accounts
        self.start = start
        self.tenant = tenant
    }

    /// The accounts of each part: the first half, then the waves.
    package var parts: [Range<Int>] {
        let half = self.accounts / 2
        var parts = [0..<half]
        for wave in 0..<Self.waves {
            let rest = self.accounts - half
            parts.append(
                half + rest * wave / Self.waves..<half + rest * (wave + 1) / Self.waves)
        }
        return parts
    }

    /// When a part's payments fail.
    package func instant(ofPart part: Int) -> Timestamp {
        self.start.advanced(byMs: Int64(part) * Self.waveEveryMs)
    }

    package func key(_ index: Int) -> EntityKey {
        EntityKey(tenant: self.tenant, key: "shaped-\(index)")
    }

    package func failure(_ index: Int, part: Int) -> IntakeEvent {
        StormWorkload.failure(of: self.key(index), at: self.instant(ofPart: part))
    }

    /// Accounts of which there was not exactly one attempt.
    package func missed(_ node: any NodeService) async throws -> Int {
        var missed = 0
        for first in stride(from: 0, to: self.accounts, by: 4096) {
            let keys = (first..<min(self.accounts, first + 4096)).map(self.key)
            missed += try await node.accounts(keys).count { $0?.state.cases.first?.attempts != 1 }
        }
        return missed
    }
}
