/// An id in the value itself where it has at most 31 bytes, which nearly all have: a string of
/// more than 15 takes 64 bytes beside it, a tenth of an account.
enum CompactID: Sendable, Equatable {
    /// The bytes from the lowest of the first word on; the highest of the last word counts them.
    case inline(UInt64, UInt64, UInt64, UInt64)
    case long(String)

    private static let inlineBytesMax = 31

    init(_ id: String) {
        let bytes = id.utf8.span
        guard bytes.count <= Self.inlineBytesMax else {
            self = .long(id)
            return
        }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, UInt64(bytes.count) << 56)
        for at in bytes.indices {
            let byte = UInt64(bytes[at]) << UInt64(at % 8 * 8)
            switch at / 8 {
            case 0: words.0 |= byte
            case 1: words.1 |= byte
            case 2: words.2 |= byte
            default: words.3 |= byte
            }
        }
        self = .inline(words.0, words.1, words.2, words.3)
    }

    var string: String {
        switch self {
        case .long(let id): return id
        case .inline(let first, let second, let third, let fourth):
            let count = Int(fourth >> 56)
            return String(unsafeUninitializedCapacity: count) { buffer in
                for at in 0..<count {
                    let word =
                        switch at / 8 {
                        case 0: first
                        case 1: second
                        case 2: third
                        default: fourth
                        }
                    buffer[at] = UInt8(truncatingIfNeeded: word >> UInt64(at % 8 * 8))
                }
                return count
            }
        }
    }
}
