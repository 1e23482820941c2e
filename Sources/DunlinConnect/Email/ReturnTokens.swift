import Crypto
package import DunlinCore

/// The way back that a message carries: a signed, opaque name of the effect that sent it.
///
/// Text: `d1` and base32 (RFC 4648, small letters, no padding) over
/// `account hash (8, big-endian) ‖ op (LEB128) ‖ index (LEB128) ‖ HMAC-SHA256 (first 10 bytes)`. The
/// account hash is ``EntityKey/shardHash``: with the position it names one journal record, which
/// names the account; an outsider reads no id from it. Letters of either case are taken, since
/// mail servers change them; 41 characters as a rule, so that it fits into a local part.
package struct ReturnTokens: Sendable {
    package static let secretBytesMin = 32
    private static let prefix = "d1"
    private static let signatureBytes = 10
    private static let textMax = 64

    private let key: SymmetricKey

    /// What a token says once its signature was found good.
    package struct Origin: Sendable, Equatable {
        /// ``EntityKey/shardHash`` of the account.
        package var accountHash: UInt64
        /// The record that caused the message.
        package var effect: RecordPosition

        package init(accountHash: UInt64, effect: RecordPosition) {
            self.accountHash = accountHash
            self.effect = effect
        }
    }

    /// `secret`: At least ``secretBytesMin`` bytes.
    package init(secret: [UInt8]) {
        precondition(secret.count >= Self.secretBytesMin, "the settings were not checked")
        self.key = SymmetricKey(data: secret)
    }

    package func token(account: EntityKey, effect: RecordPosition) -> String {
        var bytes = (0..<8).map {
            UInt8(truncatingIfNeeded: account.shardHash >> UInt64(56 - $0 * 8))
        }
        appendVarint(effect.op, to: &bytes)
        appendVarint(UInt64(effect.index), to: &bytes)
        return Self.prefix + base32(bytes + self.signature(bytes))
    }

    /// Reads a token that ``token(account:effect:)`` made with the same secret.
    ///
    /// Answers `nil` for anything else.
    package func read(_ text: some StringProtocol) -> Origin? {
        let lowered = text.lowercased()
        guard lowered.utf8.count <= Self.textMax, lowered.hasPrefix(Self.prefix),
            let bytes = bytes(base32: lowered.dropFirst(Self.prefix.count)),
            bytes.count > 8 + Self.signatureBytes
        else { return nil }
        let signed = Array(bytes.dropLast(Self.signatureBytes))
        let given = bytes.suffix(Self.signatureBytes)
        let difference = zip(self.signature(signed), given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { return nil }
        let hash = signed[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var rest = signed[8...]
        guard let op = takeVarint(&rest), let index = takeVarint(&rest), rest.isEmpty,
            let index = UInt32(exactly: index)
        else { return nil }
        return Origin(accountHash: hash, effect: RecordPosition(op: op, index: index))
    }

    private func signature(_ bytes: [UInt8]) -> [UInt8] {
        let signed = Array("dunlin.return.1".utf8) + [0] + bytes
        return Array(HMAC<SHA256>.authenticationCode(for: signed, using: self.key))
            .prefix(Self.signatureBytes).map { $0 }
    }
}

private func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var value = value
    while value >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
        value >>= 7
    }
    bytes.append(UInt8(value))
}

private func takeVarint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
        guard let byte = bytes.popFirst() else { return nil }
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
    }
    return nil
}

private let base32Letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

private func base32(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var window: UInt32 = 0
    var bits = 0
    for byte in bytes {
        window = window << 8 | UInt32(byte)
        bits += 8
        while bits >= 5 {
            bits -= 5
            text.append(base32Letters[Int(window >> UInt32(bits) & 31)])
        }
    }
    if bits > 0 { text.append(base32Letters[Int(window << UInt32(5 - bits) & 31)]) }
    return String(decoding: text, as: UTF8.self)
}

private func bytes(base32 text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var window: UInt32 = 0
    var bits = 0
    for letter in text.utf8 {
        guard let value = base32Letters.firstIndex(of: letter) else { return nil }
        window = (window << 5 | UInt32(value)) & 0xFFFF
        bits += 5
        if bits >= 8 {
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: window >> UInt32(bits)))
        }
    }
    // What is left over must be padding of zeros: one token has one spelling.
    guard bits < 5, window & (1 << UInt32(bits) - 1) == 0 else { return nil }
    return bytes
}
