/// Where shards should live, so that the forecast of due attempts is even over the nodes and every
/// shard's copies are in different zones. Pure arithmetic: it moves nothing.
package enum Balancer {
    package struct Node: Hashable, Sendable {
        package var id: NodeID
        /// Empty when none was configured.
        package var zone: String

        package init(id: NodeID, zone: String = "") {
            self.id = id
            self.zone = zone
        }
    }

    package struct Shard: Hashable, Sendable {
        package var number: UInt32
        /// Timers that fall due in the next hour.
        package var dueNextHour: UInt64
        package var primary: NodeID
        /// Complete copies, the primary's among them.
        package var copies: [NodeID]

        package init(number: UInt32, dueNextHour: UInt64, primary: NodeID, copies: [NodeID]) {
            self.number = number
            self.dueNextHour = dueNextHour
            self.primary = primary
            self.copies = copies
        }
    }

    package struct View: Hashable, Sendable {
        /// Those that may be given something, in the order of their ids.
        package var nodes: [Node]
        package var shards: [Shard]

        package init(nodes: [Node], shards: [Shard]) {
            self.nodes = nodes
            self.shards = shards
        }
    }

    package enum Move: Hashable, Sendable {
        /// A node that has a copy becomes the primary.
        case lead(shard: UInt32, to: NodeID)
        /// A node gets a copy, becomes the primary, and the former primary's copy goes.
        case relocate(shard: UInt32, to: NodeID)
        /// A node gets a copy, and the one on the fullest node goes.
        case exchange(shard: UInt32, to: NodeID)
    }

    /// A forecast beyond this is this one: sums cannot overflow.
    private static let dueMax: UInt64 = 1 << 40

    /// Shard by shard the nodes that get a copy, the primary first. Even in primaries and in
    /// copies, each shard's in as many zones as there are.
    package static func firstPlaces(shards: Int, nodes: [Node], copies: Int) -> [[NodeID]] {
        var leads: [NodeID: Int] = [:]
        var held: [NodeID: Int] = [:]
        return (0..<shards).map { _ in
            var place: [Node] = []
            while place.count < min(copies, nodes.count) {
                let isFirst = place.isEmpty
                var best: (node: Node, rank: [Int])?
                for node in nodes where !place.contains(node) {
                    let isSameZone =
                        !node.zone.isEmpty && place.contains { $0.zone == node.zone }
                    let rank = [
                        isFirst ? leads[node.id, default: 0] : 0, isSameZone ? 1 : 0,
                        held[node.id, default: 0],
                    ]
                    if let known = best, !rank.lexicographicallyPrecedes(known.rank) { continue }
                    best = (node, rank)
                }
                guard let chosen = best?.node else { break }
                if isFirst { leads[chosen.id, default: 0] += 1 }
                held[chosen.id, default: 0] += 1
                place.append(chosen)
            }
            return place.map(\.id)
        }
    }

    /// At most `movesMax` moves, the best first; none when the nodes are even to a tenth.
    package static func plan(_ view: View, movesMax: Int) -> [Move] {
        guard view.nodes.count > 1 else { return [] }
        var plan = Plan(view)
        var moves: [Move] = []
        while moves.count < movesMax, let move = plan.next() { moves.append(move) }
        return moves
    }

    /// The view as it becomes while moves are chosen.
    private struct Plan {
        var shards: [Shard]
        let zones: [NodeID: String]
        let ids: [NodeID]
        let weights: [UInt64]
        var loads: [NodeID: UInt64] = [:]
        var copies: [NodeID: UInt64] = [:]
        var moved: Set<Int> = []

        init(_ view: View) {
            self.shards = view.shards
            self.ids = view.nodes.map(\.id)
            self.zones = Dictionary(
                view.nodes.map { ($0.id, $0.zone) }, uniquingKeysWith: { first, _ in first })
            let due = view.shards.map { min($0.dueNextHour, Balancer.dueMax) }
            // A quiet shard weighs a sixteenth of the usual one, so that numbers even out as well.
            let floor = max(1, due.reduce(0, +) / UInt64(max(1, view.shards.count)) / 16)
            self.weights = due.map { $0 + floor }
            for (shard, weight) in zip(view.shards, self.weights) {
                self.loads[shard.primary, default: 0] += weight
                for copy in shard.copies { self.copies[copy, default: 0] += 1 }
            }
        }

        mutating func next() -> Move? {
            self.nextForLoad() ?? self.nextForCopies()
        }

        private func load(_ id: NodeID) -> UInt64 { self.loads[id] ?? 0 }

        private mutating func nextForLoad() -> Move? {
            let total = self.ids.reduce(0) { $0 + self.load($1) }
            let mean = total / UInt64(self.ids.count)
            guard let heaviest = self.ids.max(by: { self.load($0) < self.load($1) }),
                let lightest = self.ids.min(by: { self.load($0) < self.load($1) }),
                self.load(heaviest) - self.load(lightest) > max(1, mean / 10)
            else { return nil }
            if let (index, goal) = self.best(
                from: heaviest,
                { index, goal in
                    self.shards[index].copies.contains(goal)
                })
            {
                self.lead(index, goal)
                return .lead(shard: self.shards[index].number, to: goal)
            }
            if let (index, goal) = self.best(
                from: heaviest,
                { index, goal in
                    !self.shards[index].copies.contains(goal)
                        && self.keepsZones(index, without: heaviest, with: goal)
                })
            {
                self.lead(index, goal)
                self.replaceCopy(index, of: heaviest, by: goal)
                return .relocate(shard: self.shards[index].number, to: goal)
            }
            return nil
        }

        /// The shard and the goal that leave the heavier of the two nodes lightest; only when that
        /// is worth a twentieth of what the heaviest has.
        private func best(
            from heaviest: NodeID, _ isPossible: (Int, NodeID) -> Bool
        ) -> (index: Int, goal: NodeID)? {
            let load = self.load(heaviest)
            var best: (index: Int, goal: NodeID, peak: UInt64)?
            for index in self.shards.indices
            where self.shards[index].primary == heaviest && !self.moved.contains(index) {
                let weight = self.weights[index]
                for goal in self.ids where goal != heaviest {
                    let peak = max(load - weight, self.load(goal) + weight)
                    guard peak < load, load - peak >= max(1, min(weight, load / 20)),
                        best.map({ peak < $0.peak }) ?? true, isPossible(index, goal)
                    else { continue }
                    best = (index, goal, peak)
                }
            }
            return best.map { ($0.index, $0.goal) }
        }

        private mutating func nextForCopies() -> Move? {
            let counts = self.ids.map { self.copies[$0] ?? 0 }
            let mean = counts.reduce(0, +) / UInt64(self.ids.count)
            guard
                let fullest = self.ids.max(by: { self.copies[$0] ?? 0 < self.copies[$1] ?? 0 }),
                let emptiest = self.ids.min(by: { self.copies[$0] ?? 0 < self.copies[$1] ?? 0 }),
                (self.copies[fullest] ?? 0) - (self.copies[emptiest] ?? 0) > max(1, mean / 10)
            else { return nil }
            for index in self.shards.indices {
                let shard = self.shards[index]
                guard !self.moved.contains(index), shard.primary != fullest,
                    shard.copies.contains(fullest), !shard.copies.contains(emptiest),
                    self.keepsZones(index, without: fullest, with: emptiest)
                else { continue }
                self.replaceCopy(index, of: fullest, by: emptiest)
                self.moved.insert(index)
                return .exchange(shard: shard.number, to: emptiest)
            }
            return nil
        }

        private mutating func lead(_ index: Int, _ goal: NodeID) {
            let weight = self.weights[index]
            self.loads[self.shards[index].primary, default: weight] -= weight
            self.loads[goal, default: 0] += weight
            self.shards[index].primary = goal
            self.moved.insert(index)
        }

        private mutating func replaceCopy(_ index: Int, of former: NodeID, by goal: NodeID) {
            self.shards[index].copies.removeAll { $0 == former }
            self.shards[index].copies.append(goal)
            self.copies[former, default: 1] -= 1
            self.copies[goal, default: 0] += 1
        }

        /// The copies are in no fewer zones than before.
        private func keepsZones(_ index: Int, without: NodeID, with goal: NodeID) -> Bool {
            let copies = self.shards[index].copies
            let former = Set(copies.compactMap { self.zones[$0] })
            let later = Set(
                (copies.filter { $0 != without } + [goal]).compactMap { self.zones[$0] })
            return later.count >= former.count
        }
    }
}
