import DunlinTesting

/// What one seed's world is like. Every seed leaves some kinds of fault out and has much of others
/// (swarm testing: Groce and others, ISSTA 2012): a mix of everything in every run would hide what
/// needs much of one kind.
struct SimMix {
    enum Fault: CaseIterable {
        case crash
        /// A disk is gone with everything on it.
        case loseDisk
        /// A disk has again what it had before an earlier start: a copy was put back.
        case olderDisk
        case pause
        case partFromCoordinator
        case partNodes
        case fullDisk
        /// A sync fails, so that nobody can tell what is durable: the process stops, and starts
        /// again as suspect.
        case failSync
        /// A group becomes durable and the journal says that it failed.
        case doubtfulAppend
        case stopCoordinator
        case move
        /// As an upgrade does it: shards given away first.
        case restart
        case stepClock
        /// A primary is cut off from the coordinator, now and then from the others too, and the
        /// shard lives on elsewhere meanwhile.
        case strand
    }

    /// In thousandths of the messages.
    let lossPermille: UInt64
    let repeatPermille: UInt64
    /// Messages that are late, and by how much at most: longer than a lease, now and then.
    let slowPermille: UInt64
    let slowMsMax: UInt64
    /// At most so long between two faults.
    let faultEveryMsMax: UInt64
    /// Monotonic clocks run fast or slow by up to so much.
    let driftPerMilleMax: Int64
    let gatewayLossPermille: UInt64
    /// A disk makes a group durable within so long.
    let syncMsMax: UInt64
    /// What the gateway takes in a second; 0 for whatever comes.
    let requestsPerSecond: UInt32
    private let faults: [Fault]

    /// `seed`: Of the world; limits are drawn apart, so that worlds without one stay as they were.
    init(_ random: inout SplitMix64, seed: UInt64) {
        var apart = SplitMix64(seed: seed ^ 0x7261_7465)
        self.requestsPerSecond =
            apart.chance(permille: 350) ? UInt32(1 + apart.below(6)) : 0
        self.lossPermille = random.chance(permille: 300) ? 0 : random.below(60)
        self.repeatPermille = random.chance(permille: 300) ? 0 : random.below(80)
        let isLate = random.chance(permille: 400)
        self.slowPermille = isLate ? 20 + random.below(150) : random.below(60)
        self.slowMsMax = isLate ? 2000 + random.below(9000) : 1500
        self.faultEveryMsMax = 1000 + random.below(4000)
        self.driftPerMilleMax =
            random.chance(permille: 200) ? 300 : random.chance(permille: 500) ? 10 : 0
        self.gatewayLossPermille = random.below(150)
        self.syncMsMax = random.chance(permille: 200) ? 300 : 20
        var faults: [Fault] = []
        for fault in Fault.allCases {
            let weight = random.chance(permille: 350) ? 0 : 1 + random.below(4)
            for _ in 0..<weight { faults.append(fault) }
        }
        self.faults = faults.isEmpty ? [.crash] : faults
    }

    /// Within it leases are surely over before another is elected.
    var leasesHold: Bool { self.driftPerMilleMax <= 10 }

    func fault(_ random: inout SplitMix64) -> Fault {
        self.faults[Int(random.below(UInt64(self.faults.count)))]
    }
}
