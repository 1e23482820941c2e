import DunlinCluster
import DunlinTesting
import Testing

@Suite("The balancer")
struct BalancerTests {
    static func view(
        nodes: Int, shards: [(due: UInt64, primary: Int, backup: Int)]
    ) throws -> Balancer.View {
        let ids = try (0..<nodes).map { try node("n\($0)") }
        return Balancer.View(
            nodes: ids.map { Balancer.Node(id: $0) },
            shards: shards.enumerated().map { number, shard in
                Balancer.Shard(
                    number: UInt32(number), dueNextHour: shard.due, primary: ids[shard.primary],
                    copies: [ids[shard.primary], ids[shard.backup]])
            })
    }

    /// The view after the moves, as the coordinator makes them.
    static func after(_ moves: [Balancer.Move], _ view: Balancer.View) -> Balancer.View {
        var view = view
        for move in moves {
            switch move {
            case .lead(let shard, let goal):
                view.shards[Int(shard)].primary = goal
            case .relocate(let shard, let goal):
                let former = view.shards[Int(shard)].primary
                view.shards[Int(shard)].copies.removeAll { $0 == former }
                view.shards[Int(shard)].copies.append(goal)
                view.shards[Int(shard)].primary = goal
            case .exchange(let shard, let goal):
                let counts = Self.copies(view)
                let former = view.shards[Int(shard)].copies.filter {
                    $0 != view.shards[Int(shard)].primary
                }.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) }
                view.shards[Int(shard)].copies.removeAll { $0 == former }
                view.shards[Int(shard)].copies.append(goal)
            }
        }
        return view
    }

    static func loads(_ view: Balancer.View) -> [UInt64] {
        view.nodes.map { node in
            view.shards.reduce(0) { $0 + ($1.primary == node.id ? $1.dueNextHour : 0) }
        }
    }

    static func copies(_ view: Balancer.View) -> [NodeID: Int] {
        var counts = Dictionary(uniqueKeysWithValues: view.nodes.map { ($0.id, 0) })
        for shard in view.shards { for copy in shard.copies { counts[copy, default: 0] += 1 } }
        return counts
    }

    @Test("the forecast is what counts, not the number of shards")
    func forecast() throws {
        // One node leads the busy half, by numbers both are even.
        let view = try Self.view(
            nodes: 2,
            shards: (0..<16).map { ($0 < 8 ? 1000 : 10, $0 < 8 ? 0 : 1, $0 < 8 ? 1 : 0) })
        let moves = Balancer.plan(view, movesMax: 16)
        #expect(!moves.isEmpty && moves.count <= 8)
        for move in moves {
            guard case .lead = move else {
                Issue.record("both have all copies: \(move)")
                continue
            }
        }
        let loads = Self.loads(Self.after(moves, view))
        #expect(loads.allSatisfy { (3600...4500).contains($0) }, "\(loads)")
    }

    @Test("from any start, rounds of few moves end even, and then it is quiet")
    func converges() throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let count = 2 + Int(random.next() % 5)
            var view = try Self.view(
                nodes: count,
                shards: (0..<64).map { _ in
                    let primary = Int(random.next() % UInt64(count))
                    let backup = (primary + 1 + Int(random.next() % UInt64(count - 1))) % count
                    return (random.next() % 500, primary, backup)
                })
            var rounds = 0
            while rounds < 60 {
                let moves = Balancer.plan(view, movesMax: 4)
                #expect(moves.count <= 4)
                if moves.isEmpty { break }
                view = Self.after(moves, view)
                rounds += 1
            }
            #expect(rounds < 60, "seed \(seed)")
            let loads = Self.loads(view)
            let mean = loads.reduce(0, +) / UInt64(count)
            #expect(loads.allSatisfy { $0 <= mean + mean / 4 + 200 }, "seed \(seed): \(loads)")
            let copies = Self.copies(view).values
            let gap = (copies.max() ?? 0) - (copies.min() ?? 0)
            #expect(gap <= max(2, 128 / count / 8), "seed \(seed): \(copies)")
            for shard in view.shards {
                #expect(Set(shard.copies).count == 2 && shard.copies.contains(shard.primary))
            }
        }
    }

    @Test("first places use every zone, evenly")
    func zones() throws {
        let nodes = try [("a", "x"), ("b", "x"), ("c", "y"), ("d", "y")].map {
            Balancer.Node(id: try node($0.0), zone: $0.1)
        }
        let places = Balancer.firstPlaces(shards: 32, nodes: nodes, copies: 2)
        let zones = Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0.zone) })
        for place in places { #expect(Set(place.map { zones[$0] }).count == 2) }
        for node in nodes {
            #expect(places.count { $0.first == node.id } == 8)
            #expect((14...18).contains(places.count { $0.contains(node.id) }))
        }
        // More copies than nodes: as many as there are.
        #expect(Balancer.firstPlaces(shards: 1, nodes: nodes, copies: 9)[0].count == 4)
        #expect(Balancer.firstPlaces(shards: 1, nodes: [], copies: 2) == [[]])
    }

    @Test("a huge forecast overflows nothing")
    func huge() throws {
        let view = try Self.view(nodes: 2, shards: (0..<64).map { _ in (.max, 0, 1) })
        #expect((28...32).contains(Balancer.plan(view, movesMax: 64).count))
    }
}
