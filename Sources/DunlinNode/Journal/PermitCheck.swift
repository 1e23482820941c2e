package import DunlinCore
package import DunlinPorts

/// Replays the permits of every attempt in a journal against the rules, with no node running.
///
/// One shard's accounts are in memory at a time. What cannot be decoded is `dunlin verify`'s to
/// find: here the rest of its shard is not looked at, and counted.
package struct PermitCheck {
    package struct Report: Sendable, Equatable {
        package var accounts: UInt64 = 0
        package var attempts: UInt64 = 0
        /// Lines of permits that were checked.
        package var lines: UInt64 = 0
        package var violationCount: UInt64 = 0
        /// The first ``violationsMax``, in the order of shard and account.
        package var violations: [Finding] = []
        /// Shards that could not be read to their end.
        package var brokenShards: UInt64 = 0

        package static let violationsMax = 100

        package var isGood: Bool { self.violationCount == 0 && self.brokenShards == 0 }
    }

    package struct Finding: Sendable, Equatable, CustomStringConvertible {
        package var shard: UInt32
        package var account: EntityKey
        package var violation: PermitAudit.Violation

        package var description: String {
            "shard \(self.shard), \(self.account): \(self.violation)"
        }
    }

    private let journal: any JournalStore
    private let bundle: (BundleID) -> Bundle?
    private static let pageBatches = 16

    /// `bundle`: The bundle of that name, where the data directory has it.
    package init(journal: any JournalStore, bundle: @escaping (BundleID) -> Bundle?) {
        self.journal = journal
        self.bundle = bundle
    }

    /// Throws when not even the shards' heads can be read.
    package func run() throws(StoreError) -> Report {
        var report = Report()
        for head in try self.journal.heads().sorted(by: { $0.shard < $1.shard }) {
            var audits: [EntityKey: PermitAudit] = [:]
            do {
                try self.read(head, into: &audits)
            } catch {
                report.brokenShards += 1
            }
            report.add(audits, shard: head.shard)
        }
        return report
    }

    private func read(
        _ head: JournalHead, into audits: inout [EntityKey: PermitAudit]
    ) throws {
        var op: UInt64 = 0
        while op < head.op {
            let page = try self.journal.batches(
                shard: head.shard, fromOp: op + 1, limit: Self.pageBatches)
            guard let last = page.last, last.op > op else { return }
            for batch in page {
                var reader = BatchReader(batch.records)
                while let record = try reader.next() {
                    guard case .account(let recorded) = record.content else { continue }
                    audits[record.key, default: PermitAudit(bundle: self.bundle)].take(recorded)
                }
            }
            op = last.op
        }
    }
}

extension PermitCheck.Report {
    fileprivate mutating func add(_ audits: [EntityKey: PermitAudit], shard: UInt32) {
        self.accounts += UInt64(audits.count)
        for (key, audit) in audits.sorted(by: { $0.key < $1.key }) {
            self.attempts += audit.attempts
            self.lines += audit.lines
            self.violationCount += audit.violationCount
            for violation in audit.violations where self.violations.count < Self.violationsMax {
                self.violations.append(
                    PermitCheck.Finding(shard: shard, account: key, violation: violation))
            }
        }
    }
}
