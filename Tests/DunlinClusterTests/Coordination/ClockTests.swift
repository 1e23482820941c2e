import DunlinCluster
import Testing

@Suite("Wall clocks of a cluster")
struct ClockTests {
    private static let hour: Int64 = 3_600_000

    @Test(
        "a majority's time is agreed upon, whoever is wrong",
        arguments: [
            ([], nil), ([5], nil), ([5, 9], 5), ([0, hour], nil), ([0, 10, hour], 10),
            ([-hour, 0, 10], 0), ([0, 0, hour, hour], nil), ([-hour, 0, hour], nil),
            ([0, 1, 2, -hour, hour], 1), ([.min, .max, 0, 1, 2], 1), ([.min, .max], nil),
        ] as [([Int64], Int64?)])
    func majority(aheadMs: [Int64], agreed: Int64?) {
        #expect(ClusterTime.agreed(aheadMs: aheadMs) == agreed)
    }

    @Test("a jump is seen at once, and believed when the cluster has the same time")
    func jump() {
        var clock = ClockReckoning()
        #expect(clock.errorMs(wallMs: 5, monotonicMs: 1) == 0, "nothing was heard yet")
        clock.hear(agreedMs: 1_000_000, wallMs: 1_000_100, monotonicMs: 50)
        #expect(clock.errorMs(wallMs: 1_059_100, monotonicMs: 50) == 0)
        let off = clock.errorMs(wallMs: 1_000_200 + Self.hour, monotonicMs: 150)
        #expect(off == Self.hour)
        clock.hear(agreedMs: nil, wallMs: 1_000_200 + Self.hour, monotonicMs: 150)
        #expect(clock.errorMs(wallMs: 1_000_300 + Self.hour, monotonicMs: 250) == Self.hour)
        clock.hear(
            agreedMs: 1_000_300 + Self.hour, wallMs: 1_000_300 + Self.hour, monotonicMs: 250)
        #expect(clock.errorMs(wallMs: 1_000_400 + Self.hour, monotonicMs: 350) == 0)
        #expect(clock.errorMs(wallMs: 1_000_400, monotonicMs: 350) == -Self.hour)
    }

    @Test("a clock that is off comes back by itself, with the cluster's word or without")
    func recovery() {
        for hears in [true, false] {
            var clock = ClockReckoning()
            clock.hear(agreedMs: 1000, wallMs: 1000, monotonicMs: 0)
            let agreed: Int64? = hears ? 2000 : nil
            for _ in 0..<5 {
                clock.hear(agreedMs: agreed, wallMs: 2000 + Self.hour, monotonicMs: 1000)
            }
            #expect(clock.errorMs(wallMs: 2000 + Self.hour, monotonicMs: 1000) == Self.hour)
            #expect(clock.errorMs(wallMs: 3000, monotonicMs: 2000) == 0)
        }
    }

    @Test("one late answer stops nobody; a clock that was off from the beginning never acts")
    func lateAnswers() {
        var clock = ClockReckoning()
        clock.hear(agreedMs: 1000, wallMs: 1000, monotonicMs: 0)
        for _ in 0..<2 {
            clock.hear(agreedMs: 1000 - Self.hour, wallMs: 1000, monotonicMs: 0)
            #expect(clock.errorMs(wallMs: 1000, monotonicMs: 0) == 0)
        }
        clock.hear(agreedMs: 1000 - Self.hour, wallMs: 1000, monotonicMs: 0)
        #expect(clock.errorMs(wallMs: 1000, monotonicMs: 0) == Self.hour)
        var wrong = ClockReckoning()
        wrong.hear(agreedMs: 1000, wallMs: 1000 + Self.hour, monotonicMs: 0)
        #expect(wrong.errorMs(wallMs: 1000 + Self.hour, monotonicMs: 0) == Self.hour)
    }

    /// What three nodes are answered, and how the coordinator shows them.
    private static func cluster(
        _ walls: [Int64?], own: Int64
    ) throws -> (ClusterStatus, [Int64?], Int64) {
        var cluster = TestCluster()
        let (a, b, c, _) = try nodes()
        for id in [a, b, c] { try cluster.start(id) }
        cluster.state.noteOwnClock(wallMs: own, nowMs: cluster.nowMs)
        var beats: [Heartbeat] = []
        for (id, wall) in zip([a, b, c], walls) {
            let disk = try #require(cluster.disks[id])
            beats.append(
                Heartbeat(
                    member: Member(id, incarnation: disk.incarnation),
                    startCounter: disk.startCounter, mapRevision: 0, wallMs: wall))
        }
        for beat in beats { try cluster.state.heartbeat(beat, nowMs: cluster.nowMs) }
        var told: [Int64?] = []
        for beat in beats {
            told.append(cluster.state.heartbeatReply(to: beat, nowMs: cluster.nowMs).agreedMs)
        }
        return (cluster.state.status(leader: "x", nowMs: cluster.nowMs), told, cluster.nowMs)
    }

    @Test("of three nodes the one that differs is told so; a coordinator that differs stops nobody")
    func standing() throws {
        let time: Int64 = 1_700_000_000_000
        var (status, told, _) = try Self.cluster([time, time + Self.hour, time + 3], own: time + 1)
        #expect(told == [time + 1, time + 1, time + 1])
        #expect(status.nodes.map { $0.hasWrongClock(status.clocks) } == [false, true, false])
        (status, told, _) = try Self.cluster([time, time + 2, time + 3], own: time - Self.hour)
        #expect(told == [time, time, time])
        #expect(!status.nodes.contains { $0.hasWrongClock(status.clocks) })
        #expect(status.clocks.agree && status.clocks.coordinatorAheadMs == -Self.hour)
        // Two and two: nobody is told anything, and operators see it.
        (status, told, _) = try Self.cluster([time, time + Self.hour, time + Self.hour], own: time)
        #expect(told == [nil, nil, nil] && !status.clocks.agree)
        #expect(!status.nodes.contains { $0.hasWrongClock(status.clocks) })
        // Time that is moved by hand is nobody's wall clock.
        (status, told, _) = try Self.cluster([nil, nil, nil], own: time)
        #expect(told == [nil, nil, nil] && status.clocks.agree)
    }
}
