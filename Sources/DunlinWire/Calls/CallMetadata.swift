import CDunlinProto

/// Names and values outside the message proper, for what is not the call's own business: a trace id.
package struct CallMetadata: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        /// Lower-case ASCII letters, digits, `-`, `_`, `.`; 1…64 bytes.
        package var name: String
        /// At most 1,024 bytes.
        package var value: [UInt8]

        package init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// At most 32.
    package var entries: [Entry]

    package init(entries: [Entry] = []) {
        self.entries = entries
    }

    package subscript(name: String) -> [UInt8]? {
        self.entries.first { $0.name == name }?.value
    }

    /// `itemCredit`: For a server stream's request, else `nil`.
    func packed(itemCredit: Int? = nil) throws(WireError) -> [UInt8] {
        guard !self.entries.isEmpty || itemCredit != nil else { return [] }
        try self.check()
        return try ProtoCodec.pack(Dunlin__V1__CallMeta.self) { pack, meta throws(WireError) in
            meta.pointee.n_entries = self.entries.count
            meta.pointee.entries = try pack.messages(
                Dunlin__V1__MetaEntry.self, self.entries
            ) { entry, value throws(WireError) in
                entry.pointee.name = try pack.text(value.name)
                entry.pointee.has_value = 1
                entry.pointee.value = pack.bytes(value.value)
            }
            if let itemCredit {
                meta.pointee.has_item_credit = 1
                meta.pointee.item_credit = UInt32(itemCredit)
            }
        }
    }

    static func unpack(
        _ bytes: [UInt8]
    ) throws(WireError) -> (metadata: CallMetadata, itemCredit: Int?) {
        guard !bytes.isEmpty else { return (CallMetadata(), nil) }
        return try ProtoCodec.unpack(Dunlin__V1__CallMeta.self, bytes) { meta throws(WireError) in
            let entries = try Unpacking.messages(
                meta.pointee.n_entries, meta.pointee.entries, "entries",
                countMax: WireLimits.metaEntriesMax
            ) { entry throws(WireError) in
                Entry(
                    name: try Unpacking.name(
                        entry.pointee.name, "name", bytesMax: WireLimits.metaNameBytesMax),
                    value: try Unpacking.bytes(
                        entry.pointee.value, "value", bytesMax: WireLimits.metaValueBytesMax))
            }
            let metadata = CallMetadata(entries: entries)
            try metadata.check()
            guard meta.pointee.has_item_credit != 0 else { return (metadata, nil) }
            let credit = Int(meta.pointee.item_credit)
            guard (1...WireLimits.itemCreditMax).contains(credit) else {
                throw WireError(.badValue, "item_credit out of range")
            }
            return (metadata, credit)
        }
    }

    private func check() throws(WireError) {
        guard self.entries.count <= WireLimits.metaEntriesMax else {
            throw WireError(.badValue, "over \(WireLimits.metaEntriesMax) metadata entries")
        }
        for entry in self.entries {
            guard (1...WireLimits.metaNameBytesMax).contains(entry.name.utf8.count),
                entry.name.utf8.allSatisfy(Self.isNameByte)
            else { throw WireError(.badValue, "a metadata name is not as specified") }
            guard entry.value.count <= WireLimits.metaValueBytesMax else {
                throw WireError(
                    .badValue, "a metadata value over \(WireLimits.metaValueBytesMax) bytes")
            }
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
