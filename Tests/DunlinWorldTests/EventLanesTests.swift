import DunlinCore
import Testing

@testable import DunlinWorld

@Suite("Bulk sending")
struct EventLanesTests {
    @Test(
        "Every event is in one call, no call is too large, and an account's events keep their order",
        arguments: [(1, 1), (700, 1), (5000, 100), (30_000, 1000), (30_000, 20_000)])
    func wholeAndInOrder(count: Int, eventsPerCall: Int) {
        func key(_ place: Int) -> EntityKey { EntityKey(tenant: "main", key: "a-\(place % 997)") }
        let calls = Self.calls(count, eventsPerCall, key)
        #expect(calls.allSatisfy { !$0.isEmpty && $0.count <= eventsPerCall })
        #expect(calls.joined().sorted() == Array(0..<count))
        var last: [Int: Int] = [:]
        for place in calls.joined() {
            #expect(last[place % 997, default: -1] < place)
            last[place % 997] = place
        }
    }

    @Test("A call of a thousand events is for few shards, but for the first and the last of a lane")
    func fewShards() {
        let calls = Self.calls(300_000, 1000) { EntityKey(tenant: "main", key: "a-\($0)") }
        let shards = calls.map { call in
            Set(call.map { EntityKey(tenant: "main", key: "a-\($0)").shardHash % 256 }).count
        }
        #expect(shards.reduce(0, +) <= 3 * 256 + calls.count)
        #expect(calls.count < 900)
    }

    private static func calls(
        _ count: Int, _ eventsPerCall: Int, _ key: (Int) -> EntityKey
    ) -> [[Int]] {
        var lanes = EventLanes(eventsPerCall: eventsPerCall)
        var calls: [[Int]] = []
        for place in 0..<count {
            lanes.add(place, key(place))
            while lanes.hasCall { calls.append(lanes.nextCall()) }
        }
        lanes.close()
        while true {
            let call = lanes.nextCall()
            guard !call.isEmpty else { return calls }
            calls.append(call)
        }
    }
}
