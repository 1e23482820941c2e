/// Words that no message to a customer may contain: they name or suggest a sensitive reason for
/// a decline, or accuse (research: never reveal that a card was reported).
enum ForbiddenWords {
    private static let all = BundledTemplates.forbiddenWords.map {
        Self.read(String(decoding: $0.bytes, as: UTF8.self))
    }

    /// Beginnings of words, lower case, without accents.
    static let stems: [String] = Self.all.flatMap(\.stems)

    /// Whole words, for those that begin harmless ones.
    static let words: Set<String> = Set(Self.all.flatMap(\.words))

    /// One word a line; a star at its end stands for whatever follows; `#` begins a comment.
    private static func read(_ text: String) -> (stems: [String], words: [String]) {
        var stems: [String] = []
        var words: [String] = []
        for line in text.split(separator: "\n") {
            let word = line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
            guard !word.isEmpty else { continue }
            if word.hasSuffix("*") {
                stems.append(String(word.dropLast()))
            } else {
                words.append(word)
            }
        }
        return (stems, words)
    }

    /// The first forbidden word of `text`, as its stem; `nil` when there is none.
    static func first(in text: String) -> String? {
        var word = ""
        for scalar in text.lowercased().unicodeScalars {
            if scalar.properties.isAlphabetic {
                word.unicodeScalars.append(Self.withoutAccent(scalar))
            } else if !word.isEmpty {
                if let found = Self.match(word) { return found }
                word = ""
            }
        }
        return Self.match(word)
    }

    private static func match(_ word: String) -> String? {
        if Self.words.contains(word) { return word }
        guard let initial = word.utf8.first else { return nil }
        return Self.stems.first { $0.utf8.first == initial && word.hasPrefix($0) }
    }

    private static func withoutAccent(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "á": "a"
        case "é": "e"
        case "í": "i"
        case "ó": "o"
        case "ú", "ü": "u"
        default: scalar
        }
    }
}
