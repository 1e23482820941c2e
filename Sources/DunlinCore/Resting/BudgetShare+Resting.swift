// Most cards and addresses are held by one account only, so that a share that says just that takes
// one byte; any other rests as its snapshot.

extension AccountState {
    var restingSharesBytesMax: Int {
        var bytes = 10
        for share in self.shares {
            bytes += 128 + share.key.utf8.count + share.methods.count * 12
            bytes += share.permits.count * 80
        }
        return bytes
    }

    /// What a share is about that says no more than that the account is alone with it.
    private enum SoleShare {
        /// The card of the method at a place.
        case method(Int)
        /// The address of the contact at a place.
        case contact(Int)

        /// Never 0.
        var number: UInt32 {
            switch self {
            case .method(let place): UInt32(truncatingIfNeeded: place) &* 2 &+ 1
            case .contact(let place): UInt32(truncatingIfNeeded: place) &* 2 &+ 2
            }
        }

        init(number: UInt32) {
            let place = Int(number &- 1) / 2
            self = number % 2 == 1 ? .method(place) : .contact(place)
        }
    }

    private func sole(_ share: BudgetShare, at place: Int) -> SoleShare? {
        guard share.standing == .sole, share.holders == 1, share.number == UInt32(place) + 1,
            share.bar == CredentialStanding(), share.reported == .none, share.told == 0,
            share.permits.isEmpty
        else { return nil }
        switch share.kind {
        case .card:
            guard share.methods.count == 1 else { return nil }
            return self.methods.firstIndex {
                $0.number == share.methods[0]
                    && $0.method.fingerprint.hasSameBytes(as: share.key)
            }.map { .method($0) }
        case .contact:
            guard share.methods.isEmpty else { return nil }
            return self.profile.contacts.firstIndex { $0.hash.hasSameBytes(as: share.key) }
                .map { .contact($0) }
        default: return nil
        }
    }

    func restShares(to out: inout OutputSpan<UInt8>) {
        out.rest(count: self.shares.count)
        for (place, share) in self.shares.enumerated() {
            let sole = self.sole(share, at: place)
            out.rest(sole?.number ?? 0)
            guard sole == nil else { continue }
            var bytes: [UInt8] = []
            bytes.appendRecord(expecting: 256) { share.write(to: &$0) }
            out.rest(bytes)
        }
    }

    mutating func readShares(from reader: inout RestingReader) throws(RecordError) {
        // A whole share takes more bytes than the number of a sole one.
        for place in 0..<(try reader.count()) {
            let number = try reader.uint32()
            guard number > 0 else {
                var part = ProtoReader(try reader.blob())
                self.shares.append(try BudgetShare(from: &part))
                continue
            }
            var share = BudgetShare(
                number: UInt32(truncatingIfNeeded: place) + 1, kind: .card, key: "",
                standing: .sole, holders: 1)
            switch SoleShare(number: number) {
            case .method(let place):
                guard place < self.methods.count else { throw .malformed }
                share.key = self.methods[place].method.fingerprint
                share.methods = [self.methods[place].number]
            case .contact(let place):
                guard place < self.profile.contacts.count else { throw .malformed }
                share.kind = .contact
                share.key = self.profile.contacts[place].hash
            }
            self.shares.append(share)
        }
    }
}
