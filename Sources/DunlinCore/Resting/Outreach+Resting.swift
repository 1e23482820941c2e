// Few accounts have an outreach, and it is rarely looked at: it rests as its snapshot.

extension AccountState {
    /// No fewer bytes than the resting outreach takes.
    var restingOutreachBytesMax: Int {
        guard let outreach = self.outreach.first else { return 10 }
        var bytes = 96 + outreach.touches.count * 80
        for consent in outreach.consents { bytes += 48 + consent.source.utf8.count }
        for charge in outreach.upcoming {
            bytes += 96 + charge.id.utf8.count + charge.subscription.utf8.count
        }
        return bytes
    }

    func restOutreach(to out: inout OutputSpan<UInt8>) {
        guard let outreach = self.outreach.first else { return }
        var bytes: [UInt8] = []
        bytes.appendRecord(expecting: self.restingOutreachBytesMax) { outreach.write(to: &$0) }
        out.rest(bytes)
    }

    mutating func readOutreach(from reader: inout RestingReader) throws(RecordError) {
        var part = ProtoReader(try reader.blob())
        var outreach = Outreach()
        try outreach.read(from: &part)
        self.outreach.append(outreach)
    }
}
