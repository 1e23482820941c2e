extension String {
    /// Whether the two are the same bytes of UTF-8, which is less than what `==` takes for equal.
    func hasSameBytes(as other: String) -> Bool {
        self.utf8.count == other.utf8.count && self.utf8.elementsEqual(other.utf8)
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
