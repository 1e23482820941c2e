import DunlinCore
import DunlinTesting
import Testing

@Suite("Resting states of accounts")
struct RestingTests {
    @Test("an account of any shape wakes up as it was", arguments: 0..<500 as Range<UInt64>)
    func anyAccountComesBack(seed: UInt64) throws {
        var generator = RecordGenerator(seed: seed)
        var lexicon = Lexicon()
        let state = generator.account()
        #expect(try AccountState(resting: Self.rest(state, &lexicon), lexicon) == state)
    }

    @Test("a seat that held another account shows nothing of it")
    func nothingIsLeftOfAnother() throws {
        var generator = RecordGenerator(seed: 7)
        var lexicon = Lexicon()
        var turn = AccountTurn(account: EntityKey(key: "a"), context: Self.context)
        for _ in 0..<300 {
            let state = generator.account()
            let bytes = Self.rest(state, &lexicon)
            try turn.seat(
                resting: bytes, lexicon, account: EntityKey(key: "b"), context: Self.context)
            #expect(turn.state == state)
        }
        try turn.seat(resting: [], lexicon, account: EntityKey(key: "c"), context: Self.context)
        #expect(turn.state == AccountState())
    }

    @Test("bytes that are cut or changed never trap", arguments: 0..<40 as Range<UInt64>)
    func hostileBytes(seed: UInt64) throws {
        var generator = RecordGenerator(seed: seed)
        var lexicon = Lexicon()
        let bytes = Self.rest(generator.account(), &lexicon)
        for count in bytes.indices {
            let cut = Array(bytes[..<count])
            #expect(throws: RecordError.self) {
                guard count > 0 else { throw RecordError(.truncated) }
                _ = try AccountState(resting: cut, lexicon)
            }
            var changed = bytes
            changed[count] ^= 0xFF
            _ = try? AccountState(resting: changed, lexicon)
        }
    }

    @Test("an address that nobody else has rests as its hash and one byte more")
    func soleAddress() throws {
        var lexicon = Lexicon()
        for hash in [
            "0123456789abcdef00ff00ff00ff00ff", "ABCDEF", "g123456789abcdef00ff00ff00ff00ff",
        ] {
            var state = AccountState()
            state.profile.contacts = [
                SealedContact(channel: .email, sealed: [1, 2, 3], hash: hash)
            ]
            let alone = Self.rest(state, &lexicon).count
            state.shares = [
                BudgetShare(number: 1, kind: .contact, key: hash, standing: .sole, holders: 1)
            ]
            let bytes = Self.rest(state, &lexicon)
            #expect(bytes.count == alone + 2)
            #expect(try AccountState(resting: bytes, lexicon) == state)
            state.shares[0].told = 5
            #expect(try AccountState(resting: Self.rest(state, &lexicon), lexicon) == state)
        }
    }

    @Test("an id of letters, digits, dashes takes six bits a character", arguments: 0...70)
    func packedIDs(count: Int) throws {
        var lexicon = Lexicon()
        let letters = Array("in_aZ09-zA5bYqLx")
        let packed = String((0..<count).map { letters[($0 * 7 + count) % letters.count] })
        for id in [packed, packed + "é", packed + ".", "~" + packed] {
            var state = AccountState()
            state.methods = [
                HeldMethod(
                    number: 1, method: PaymentMethod(token: id), isDefault: true,
                    changedAt: Timestamp(ms: 0))
            ]
            let bytes = Self.rest(state, &lexicon)
            #expect(try AccountState(resting: bytes, lexicon) == state)
            state.methods[0].method.token = ""
            let without = Self.rest(state, &lexicon).count
            let plain = id.utf8.count + (id.utf8.count < 64 ? 0 : 1)
            let isPacked = id == packed && count >= 20
            #expect(bytes.count - without == (isPacked ? plain - count / 4 : plain))
        }
    }

    @Test("a full lexicon writes words out")
    func fullLexicon() throws {
        var lexicon = Lexicon()
        for number in 0...(2 * Lexicon.wordsMax) {
            var state = AccountState()
            state.profile.zone = "Zone/\(number)"
            #expect(try AccountState(resting: Self.rest(state, &lexicon), lexicon) == state)
        }
    }

    @Test("resting bytes take no more room than they need")
    func roomIsExact() throws {
        var generator = RecordGenerator(seed: 3)
        var lexicon = Lexicon()
        var turn = AccountTurn(account: EntityKey(key: "a"), context: Self.context)
        for _ in 0..<50 {
            let bytes = Self.rest(generator.account(), &lexicon)
            try turn.seat(
                resting: bytes, lexicon, account: EntityKey(key: "a"), context: Self.context)
            var again: [UInt8] = []
            var scratch: [UInt8] = []
            turn.rest(into: &again, &lexicon, scratch: &scratch)
            #expect(again == bytes)
            #expect(again.capacity <= again.count + 64)
        }
    }

    private static func rest(_ state: AccountState, _ lexicon: inout Lexicon) -> [UInt8] {
        var state = state
        var bytes: [UInt8] = []
        state.rest(into: &bytes, &lexicon)
        return bytes
    }

    private static let context: DecisionContext = {
        let bundle = Bundle(
            id: BundleID(1), policies: [:], defaultPolicy: "none", declines: DeclineMap(),
            rules: RuleBook(version: 1, budgets: []), zones: ZoneCatalog())
        return DecisionContext(
            current: bundle, bundles: [bundle.id: bundle], tenant: TenantSettings(name: "main"),
            origin: ClusterOrigin(cluster: 1, generation: 1))
    }()
}
