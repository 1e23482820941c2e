import DunlinCore
import DunlinTesting
import Testing

@Suite("Snapshots of accounts and tenants")
struct SnapshotTests {
    @Test("an account of any shape comes back as it was", arguments: 0..<500 as Range<UInt64>)
    func anyAccountComesBack(seed: UInt64) throws {
        var generator = RecordGenerator(seed: seed)
        let state = generator.account()
        #expect(try AccountState(packed: state.packed()) == state)
    }

    @Test("a tenant of any shape comes back as it was", arguments: 0..<100 as Range<UInt64>)
    func anyTenantComesBack(seed: UInt64) throws {
        var generator = RecordGenerator(seed: seed)
        let state = generator.tenant()
        #expect(try TenantState(packed: state.packed()) == state)
    }

    @Test("the head of a snapshot is what the whole says", arguments: 0..<50 as Range<UInt64>)
    func headIsRead(seed: UInt64) throws {
        var generator = RecordGenerator(seed: seed)
        let account = generator.account()
        let head = try SnapshotHead(packed: account.packed())
        #expect(head.lastRecord == account.lastRecord)
        #expect(head.lastAt == account.lastAt)
        let tenant = generator.tenant()
        #expect(try SnapshotHead(packed: tenant.packed()).lastRecord == tenant.lastRecord)
    }

    @Test("an account that never did anything takes no byte")
    func emptyAccountIsEmpty() throws {
        #expect(AccountState().packed().isEmpty)
        #expect(try AccountState(packed: []) == AccountState())
    }

    @Test("packing into a used buffer replaces what was there")
    func packingReplaces() throws {
        var generator = RecordGenerator(seed: 1)
        var buffer: [UInt8] = []
        for _ in 0..<20 {
            let state = generator.account()
            state.packed(into: &buffer)
            #expect(buffer == state.packed())
        }
    }

    @Test("zero and unset differ where the state tells them apart")
    func zeroIsNotUnset() throws {
        var state = AccountState()
        state.unnamedStanding.blockedBy = .never
        state.unnamedStanding.triesLeft = 0
        let back = try AccountState(packed: state.packed())
        #expect(back.unnamedStanding.blockedBy == .never)
        #expect(back.unnamedStanding.triesLeft == 0)

        let tenant = TenantState(mode: .observe)
        #expect(try TenantState(packed: tenant.packed()).mode == .observe)
    }

    @Test("a text keeps its zero bytes")
    func textKeepsZeroBytes() throws {
        var state = AccountState()
        state.profile.locale = "a\0b"
        #expect(try AccountState(packed: state.packed()).profile.locale == "a\0b")
    }

    @Test("alike marks take less than a third of their full form")
    func marksAreSmall() {
        let marks = (0..<10).map { index in
            AttemptMark(
                at: Timestamp(ms: 1_767_225_600_000 + Int64(index) * 3 * Milliseconds.day),
                method: 1, amountMinor: 4200, currency: .eur, obligationHash: .max, flags: [])
        }
        var one = AccountState()
        one.marks = [marks[0]]
        var ten = AccountState()
        ten.marks = marks
        let first = one.packed().count
        let later = (ten.packed().count - first) / 9
        #expect(later * 3 < first)
    }

    @Test("an account much larger than expected is packed all the same")
    func largeAccountIsPacked() throws {
        var state = AccountState()
        state.profile.attributes = (0..<32).map { index in
            Profile.Attribute(name: "n\(index)", value: String(repeating: "v", count: 40_000))
        }
        #expect(try AccountState(packed: state.packed()) == state)
    }
}
