// Most cards are held by one account only, so that a share that says just that takes two bytes;
// any other rests as its snapshot.

extension AccountState {
    var restingSharesBytesMax: Int {
        var bytes = 10
        for share in self.shares {
            bytes += 128 + share.key.utf8.count + share.methods.count * 12
            bytes += share.permits.count * 80
        }
        return bytes
    }

    /// The method whose card the share is about, when that says all that there is to say.
    private func soleMethod(of share: BudgetShare, at place: Int) -> Int? {
        guard share.standing == .sole, share.kind == .card, share.holders == 1,
            share.number == UInt32(place) + 1, share.bar == CredentialStanding(),
            share.reported == .none, share.told == 0, share.permits.isEmpty,
            share.methods.count == 1
        else { return nil }
        return self.methods.firstIndex {
            $0.number == share.methods[0] && $0.method.fingerprint.hasSameBytes(as: share.key)
        }
    }

    func restShares(to out: inout OutputSpan<UInt8>) {
        out.rest(count: self.shares.count)
        for (place, share) in self.shares.enumerated() {
            let method = self.soleMethod(of: share, at: place)
            out.rest(method.map { UInt32($0) + 1 } ?? 0)
            guard method == nil else { continue }
            var bytes: [UInt8] = []
            bytes.appendRecord(expecting: 256) { share.write(to: &$0) }
            out.rest(bytes)
        }
    }

    mutating func readShares(from reader: inout RestingReader) throws(RecordError) {
        // A whole share takes more bytes than the count of a sole one.
        for place in 0..<(try reader.count()) {
            let method = Int(try reader.uint32())
            if method > 0 {
                guard method <= self.methods.count else { throw .malformed }
                let held = self.methods[method - 1]
                self.shares.append(
                    BudgetShare(
                        number: UInt32(truncatingIfNeeded: place) + 1, kind: .card,
                        key: held.method.fingerprint, standing: .sole, holders: 1,
                        methods: [held.number]))
            } else {
                var part = ProtoReader(try reader.blob())
                self.shares.append(try BudgetShare(from: &part))
            }
        }
    }
}
