import CDunlinProto

extension CallError {
    /// The body of a RESPONSE or END that says this.
    package func packed() -> [UInt8] {
        // A message of ours that cannot be packed (a NUL in it) still leaves the status.
        (try? self.packedWhole()) ?? []
    }

    private func packedWhole() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__Failure.self) { pack, failure throws(WireError) in
            failure.pointee.message = try pack.text(
                truncated(self.message, bytesMax: WireLimits.messageBytesMax))
            if let retryAfterMs = self.retryAfterMs {
                failure.pointee.has_retry_after_ms = 1
                failure.pointee.retry_after_ms = retryAfterMs
            }
            if let primary = self.primary { failure.pointee.primary = try pack.text(primary) }
            if let epoch = self.epoch {
                failure.pointee.has_epoch = 1
                failure.pointee.epoch = epoch
            }
        }
    }

    /// Reads a RESPONSE's or END's failure. A body that cannot be read leaves the status alone.
    package init(status: Status, packed bytes: [UInt8]) {
        let read = try? ProtoCodec.unpack(
            Dunlin__V1__Failure.self, bytes
        ) { failure throws(WireError) in
            CallError(
                status,
                try Unpacking.text(
                    failure.pointee.message, "message", bytesMax: WireLimits.messageBytesMax),
                retryAfterMs: failure.pointee.has_retry_after_ms != 0
                    ? failure.pointee.retry_after_ms : nil,
                primary: try Unpacking.textOrNil(
                    failure.pointee.primary, "primary", bytesMax: 255),
                epoch: failure.pointee.has_epoch != 0 ? failure.pointee.epoch : nil,
                // Both statuses say by themselves that nothing was done.
                wasNotSent: status.mayRetry)
        }
        self = read ?? CallError(status, "The peer gave no reason.", wasNotSent: status.mayRetry)
    }
}

/// At most `bytesMax` bytes of UTF-8, cut between characters.
func truncated(_ text: String, bytesMax: Int) -> String {
    guard text.utf8.count > bytesMax else { return text }
    var kept = ""
    for character in text {
        guard kept.utf8.count + character.utf8.count <= bytesMax else { break }
        kept.append(character)
    }
    return kept
}
