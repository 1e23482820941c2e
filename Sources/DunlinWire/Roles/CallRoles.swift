/// What the bearer of a certificate is, and so which calls it may make.
///
/// Without client certificates nobody is asked: then whoever reaches the listener may do everything,
/// and so such a listener opens on loopback only.
package struct CallRoles: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A node of the cluster. It also hands on what its clients ask.
    package static let node = CallRoles(rawValue: 1)
    package static let coordinator = CallRoles(rawValue: 2)
    /// A person with the command line, or a program in their place.
    package static let `operator` = CallRoles(rawValue: 4)
    /// Looks at everything but addresses in clear, and changes nothing.
    package static let reader = CallRoles(rawValue: 8)

    package static let everybody: CallRoles = [.node, .coordinator, .operator, .reader]

    /// Who may make a call. Empty for one that is not in the table: then nobody may.
    package static func allowed(_ api: Api) -> CallRoles {
        switch api {
        case Api.health, Api.apis, Api.echo: .everybody

        case NodeCalls.accounts, NodeCalls.timeline, NodeCalls.explain, NodeCalls.cases,
            NodeCalls.report, NodeCalls.shards, NodeCalls.timers, NodeCalls.status,
            NodeCalls.clock:
            [.node, .operator, .reader]
        // `contacts` opens sealed addresses: a reader is not shown them.
        // `backup` gives everything away that a shard has, sealed addresses and wrapped keys among it.
        case NodeCalls.intake, NodeCalls.forecast, NodeCalls.operate, NodeCalls.contacts,
            NodeCalls.advanceClock, NodeCalls.applyPolicy, NodeCalls.switchTenant,
            NodeCalls.backup, NodeCalls.reconcile:
            [.node, .operator]

        case ReplicaCalls.prepare, NodeCalls.deliver: .node
        case ReplicaCalls.member: [.node, .operator, .reader]

        case CoordinatorCalls.register, CoordinatorCalls.heartbeat,
            CoordinatorCalls.changeInSync, CoordinatorCalls.handOver,
            CoordinatorCalls.keepBundle:
            .node
        // A backup takes the bundles along.
        case CoordinatorCalls.bundle, CoordinatorCalls.bundles: [.node, .operator]
        case CoordinatorCalls.map, CoordinatorCalls.status: .everybody
        case CoordinatorCalls.operate: .operator

        default: []
        }
    }
}
