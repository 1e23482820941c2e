/// An ISO 4217 currency by its three-letter code, packed into three bytes.
///
/// Any three capital letters are kept, so that what is stored is read whatever it is; the number of
/// decimals is looked up, and defaults to 2. What people write is read by ``init(active:)``.
package struct Currency: Hashable, Sendable, Comparable {
    /// The letters as `first << 16 | second << 8 | third`, each ASCII `A`…`Z`.
    package let packed: UInt32

    /// Reads a code of three ASCII letters in either case (`EUR`, `eur`).
    ///
    /// Answers `nil` for anything else.
    package init?(_ code: some StringProtocol) {
        let bytes = Array(code.utf8)
        guard bytes.count == 3 else { return nil }
        var packed: UInt32 = 0
        for byte in bytes {
            let upper = byte & 0xDF
            guard upper >= 0x41, upper <= 0x5A, byte >= 0x41 else { return nil }
            packed = packed << 8 | UInt32(upper)
        }
        self.packed = packed
    }

    /// Restores a code from its packed form, as stored in a record.
    ///
    /// Answers `nil` when a byte is not a capital letter.
    package init?(packed: UInt32) {
        for shift in [UInt32(16), 8, 0] {
            let byte = packed >> shift & 0xFF
            guard byte >= 0x41, byte <= 0x5A else { return nil }
        }
        guard packed <= 0x5A_5A5A else { return nil }
        self.packed = packed
    }

    package static let usd = Currency(letters: 0x55_5344)
    package static let eur = Currency(letters: 0x45_5552)

    private init(letters: UInt32) {
        self.packed = letters
    }

    /// The three capital letters.
    package var code: String {
        let bytes = [
            UInt8(truncatingIfNeeded: self.packed >> 16),
            UInt8(truncatingIfNeeded: self.packed >> 8),
            UInt8(truncatingIfNeeded: self.packed),
        ]
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many decimals the minor unit has: 2 for most, 0 for JPY, 3 for KWD.
    ///
    /// Source: ISO 4217 list one, as of 2026.
    package var decimals: Int {
        switch self.code {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: 2
        }
    }

    package static func < (left: Currency, right: Currency) -> Bool { left.packed < right.packed }
}
