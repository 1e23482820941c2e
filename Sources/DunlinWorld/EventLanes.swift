import DunlinCore

/// The places of events that wait until enough of one hash are together.
struct EventLanes {
    /// ``EntityKey/shardHash`` modulo this names the lane: a shard's events are in few lanes, where
    /// shards are a power of two.
    private static let count = 256
    /// Most events of a lane that go together: some hundred kilobytes of records.
    private static let lotMax = 512

    private let eventsPerCall: Int
    private let lotMax: Int
    private var lanes: [[Int]] = Array(repeating: [], count: Self.count)
    /// The first lot of each lane is smaller by a measure of its own, so that not all lanes are
    /// full at one time.
    private var most: [Int]
    /// Lots that are ready, the oldest first, and which of them is next.
    private var ready: [[Int]] = []
    private var first = 0
    private var readyCount = 0
    private var isClosed = false

    init(eventsPerCall: Int) {
        let lotMax = max(1, min(eventsPerCall, Self.lotMax))
        self.eventsPerCall = eventsPerCall
        self.lotMax = lotMax
        self.most = (1...Self.count).map { 1 + $0 * 61 % lotMax }
    }

    /// A whole call is ready.
    var hasCall: Bool {
        self.readyCount + self.lotMax > self.eventsPerCall
    }

    mutating func add(_ place: Int, _ key: EntityKey) {
        let lane = Int(key.shardHash % UInt64(Self.count))
        self.lanes[lane].append(place)
        if self.lanes[lane].count >= self.most[lane] { self.end(lane) }
    }

    /// Nothing more comes: what still waits is ready, too.
    mutating func close() {
        guard !self.isClosed else { return }
        self.isClosed = true
        for lane in self.lanes.indices where !self.lanes[lane].isEmpty { self.end(lane) }
    }

    /// The places of the next call, as whole lots; empty when nothing is ready.
    mutating func nextCall() -> [Int] {
        var places: [Int] = []
        while self.first < self.ready.count,
            places.isEmpty || places.count + self.ready[self.first].count <= self.eventsPerCall
        {
            places += self.ready[self.first]
            self.first += 1
        }
        self.readyCount -= places.count
        if self.first == self.ready.count {
            self.ready.removeAll(keepingCapacity: true)
            self.first = 0
        }
        return places
    }

    private mutating func end(_ lane: Int) {
        self.most[lane] = self.lotMax
        self.readyCount += self.lanes[lane].count
        self.ready.append(self.lanes[lane])
        self.lanes[lane] = []
    }
}
