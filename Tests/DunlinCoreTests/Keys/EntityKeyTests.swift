import DunlinCore
import Testing

/// Ids are bytes: what a reader takes for the same letter is not the same id.
@Suite struct EntityKeyTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"
    /// Of one length in bytes, and the same text to Swift: the order of two accents.
    private static let reordered = ("a\u{301}\u{323}", "a\u{323}\u{301}")

    @Test(arguments: [(composed, decomposed), reordered])
    func `ids that differ in bytes are different accounts`(one: String, other: String) {
        #expect(one == other, "Swift's own comparison takes them for equal")
        #expect(EntityKey(key: one) != EntityKey(key: other))
        #expect(EntityKey(tenant: one, key: "a") != EntityKey(tenant: other, key: "a"))
        #expect(EntityKey(key: one).shardHash != EntityKey(key: other).shardHash)
        #expect(Set([EntityKey(key: one), EntityKey(key: other)]).count == 2)
        let forwards = EntityKey(key: one) < EntityKey(key: other)
        #expect(forwards != (EntityKey(key: other) < EntityKey(key: one)))
    }

    @Test func `equal bytes are one account, however the text came about`() {
        let pieces = ["acct", "-", "1"].joined()
        #expect(EntityKey(key: "acct-1") == EntityKey(key: pieces))
        #expect(EntityKey(key: "acct-1").hashValue == EntityKey(key: pieces).hashValue)
    }

    @Test func `the order is that of the bytes`() {
        let keys = ["b", "a", "\u{E9}", "e\u{301}", "a\u{0}", ""].map { EntityKey(key: $0) }
        let sorted = keys.sorted().map(\.key.utf8.first)
        #expect(sorted == [nil, 0x61, 0x61, 0x62, 0x65, 0xC3])
    }

    @Test func `invoices that differ in bytes are different invoices`() {
        var bench = AccountBench()
        _ = bench.fail(invoice: Self.composed, event: "e1")
        _ = bench.fail(invoice: Self.decomposed, event: "e2")
        #expect(bench.state.cases.count == 2)
    }
}
