/// Words and bundles that many accounts share, by number, so that a resting state names them in a
/// byte or two: policies, decline codes, zones, locales.
///
/// It only grows, up to ``wordsMax``; further words are written out. It belongs to the process and
/// never leaves it: the bytes that it helps to read do not either.
package struct Lexicon {
    package static let wordsMax = 4096
    package static let bundlesMax = 4096

    private var words: [String] = []
    private var numbers: [String: Int] = [:]
    private var bundles: [BundleID] = []

    package init() {}

    /// Answers `nil` when the lexicon is full.
    mutating func number(of word: String) -> Int? {
        // The same few come again and again, mostly as the very string that was read before.
        for number in self.words.indices.prefix(Self.searched) where self.words[number] == word {
            return number
        }
        if let known = self.numbers[word] { return known }
        guard self.words.count < Self.wordsMax else { return nil }
        self.numbers[word] = self.words.count
        self.words.append(word)
        return self.words.count - 1
    }

    /// Answers `nil` when the lexicon is full.
    mutating func number(of bundle: BundleID) -> Int? {
        if let known = self.bundles.lastIndex(of: bundle) { return known }
        guard self.bundles.count < Self.bundlesMax else { return nil }
        self.bundles.append(bundle)
        return self.bundles.count - 1
    }

    func word(_ number: Int) -> String? {
        self.words.indices.contains(number) ? self.words[number] : nil
    }

    func bundle(_ number: Int) -> BundleID? {
        self.bundles.indices.contains(number) ? self.bundles[number] : nil
    }

    /// Words that are compared one by one before the dictionary is asked.
    private static let searched = 4
}
