/// Words that no message to a customer may contain: they name or suggest a sensitive reason for
/// a decline, or accuse (research: never reveal that a card was reported).
enum ForbiddenWords {
    /// Beginnings of words, lower case, without accents.
    static let stems: [String] = [
        // English
        "stolen", "steal", "theft", "fraud", "lost", "risk", "suspicious", "suspect", "blacklist",
        "blocklist", "blocked", "insufficient", "criminal", "illegal", "debtor", "delinquen",
        "deadbeat", "bankrupt", "deceased", "pickup", "chargeback",
        // Spanish
        "robad", "hurto", "perdid", "riesgo", "sospech", "bloquead", "insuficiente",
        "delito", "ilegal", "moroso", "morosa", "deudor", "fallecid", "contracargo",
    ]

    /// Whole words, for those that begin harmless ones.
    static let words: Set<String> = ["robo", "robos"]

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
