package import DunlinCluster

/// One coordinator's part of its configuration.
package struct CoordinatorOptions: Hashable, Sendable {
    /// Where nodes and operators reach this coordinator, `host:port`.
    package var address: String
    /// Below it lies everything of this cluster in the store; ends with `/`.
    package var prefix: String
    /// Of a cluster that is made when the store holds none; otherwise the stored ones count.
    package var settings: ClusterSettings
    package var decisions: CoordinatorSettings
    /// So long after a leader was heard of last, another may lead.
    package var leaderTermMs: Int64
    package var tickMs: Int64
    /// Who does not lead looks so often whether it can.
    package var campaignEveryMs: Int64

    package init(
        address: String, prefix: String = "dunlin/", settings: ClusterSettings,
        decisions: CoordinatorSettings = CoordinatorSettings(), leaderTermMs: Int64 = 3000,
        tickMs: Int64 = 100, campaignEveryMs: Int64 = 500
    ) {
        self.address = address
        self.prefix = prefix
        self.settings = settings
        self.decisions = decisions
        self.leaderTermMs = leaderTermMs
        self.tickMs = tickMs
        self.campaignEveryMs = campaignEveryMs
    }

    var leaderKey: String { self.prefix + ClusterRecord.leaderKey }
    var revisionKey: String { self.prefix + ClusterRecord.revisionKey }
}
