extension String {
    /// Whether the two are the same bytes of UTF-8, which is less than what `==` takes for equal.
    func hasSameBytes(as other: String) -> Bool {
        let (left, right) = (self.utf8Span.span, other.utf8Span.span)
        guard left.count == right.count else { return false }
        for at in left.indices where left[at] != right[at] { return false }
        return true
    }

    /// Whether the bytes of UTF-8 come before the other's, compared one by one.
    func precedesInBytes(_ other: String) -> Bool {
        let (left, right) = (self.utf8Span.span, other.utf8Span.span)
        for at in 0..<min(left.count, right.count) where left[at] != right[at] {
            return left[at] < right[at]
        }
        return left.count < right.count
    }
}

extension Hasher {
    /// Feeds the bytes of UTF-8, eight at a time, and their count, so that neighbours cannot be
    /// mistaken for each other.
    mutating func combine(bytesOf text: String) {
        var word: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count & 7 == 0 { self.combine(word) }
        }
        self.combine(word)
        self.combine(count)
    }
}
