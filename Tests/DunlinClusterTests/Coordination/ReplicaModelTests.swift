import DunlinCluster
import Foundation
import Testing

/// Histories of one shard under the real coordinator's decisions.
@Suite("Replication under the coordinator's rules", .timeLimit(.minutes(5)))
struct ReplicaModelTests {
    /// Seeds of one run; many more where `DUNLIN_LONG` is set.
    static let seeds: UInt64 =
        ProcessInfo.processInfo.environment["DUNLIN_LONG"] == nil ? 200 : 20_000
    static let steps = 600

    @Test("no history loses what was acknowledged, and no epoch has two primaries")
    func holds() throws {
        var commits = 0
        for seed in 0..<Self.seeds {
            var model = try ReplicaModel(seed: seed, without: nil)
            model.run(steps: Self.steps)
            #expect(model.violation == nil, "seed \(seed): \(model.violation ?? "")")
            commits += model.commits
        }
        // They get somewhere.
        #expect(commits > Int(Self.seeds) * 3, "\(commits)")
    }

    @Test("without any one of the rules something is lost", arguments: ReplicaModel.Rule.allCases)
    func needed(_ rule: ReplicaModel.Rule) throws {
        for seed in 0..<5000 as Range<UInt64> {
            var model = try ReplicaModel(seed: seed, without: rule)
            model.run(steps: Self.steps)
            if model.violation != nil { return }
        }
        Issue.record("no history needs \(rule)")
    }
}
