/// What a customer's reply means, as far as a machine may say. The text itself is not kept.
package enum ReplyMeaning: UInt8, Sendable, CaseIterable {
    /// Something else: a person may read it.
    case other = 0
    /// Write no more on this channel.
    case stop = 1
    /// Write again on this channel.
    case start = 2
    /// It asks to cancel. A fact for the operators; nothing is cancelled by it.
    case cancel = 3
    /// The one word CANCEL: no more on this channel, and an operator should look.
    case stopAndCancel = 4

    package var name: String { "\(self)" }

    package var revokes: Bool { self == .stop || self == .stopAndCancel }
    package var asksToCancel: Bool { self == .cancel || self == .stopAndCancel }

    /// Longest part of a reply that is read, in bytes.
    package static let textBytesMax = 4096

    /// The words that the FCC names as revocation (47 CFR 64.1200(a)(10), from 2025-04-11), and
    /// Spanish ones that carriers take.
    private static let stopWords: Set<String> = [
        "stop", "quit", "end", "revoke", "opt out", "optout", "unsubscribe", "stop all", "stopall",
        "baja", "alto", "parar", "para", "detener", "no mas",
    ]
    /// Any reasonable way of saying it counts: inside a longer text, too.
    private static let stopPhrases = [
        "opt out", "unsubscribe", "remove me", "dont text", "dont message", "dont call",
        "do not text", "do not call", "do not contact", "stop texting", "stop calling",
        "stop messaging", "darme de baja", "no me escriban", "no me llamen",
    ]
    /// A text that begins with STOP and is no longer than this means it.
    private static let stopWordsMax = 4
    private static let startWords: Set<String> = ["start", "unstop", "alta", "reanudar"]
    private static let cancelWords: Set<String> = ["cancel", "cancelar", "cancela"]
    private static let cancelStems = ["cancel", "anula"]

    /// Reads the first line of a reply: what stands below it may be our own text, quoted.
    package init(text: String) {
        var words: [String] = []
        var word = ""
        scan: for scalar in text.unicodeScalars.prefix(Self.textBytesMax) {
            switch scalar {
            case "\n", "\r":
                if !words.isEmpty || !word.isEmpty { break scan }
            case "'", "\u{2019}": continue
            default:
                if scalar.properties.isAlphabetic {
                    word += Self.plain(scalar)
                } else if !word.isEmpty {
                    words.append(word)
                    word = ""
                }
            }
        }
        if !word.isEmpty { words.append(word) }
        let polite: Set<String> = ["please", "por", "favor", "thanks", "gracias"]
        let said = words.filter { !polite.contains($0) }.joined(separator: " ")
        if Self.stopWords.contains(said) {
            self = .stop
        } else if Self.cancelWords.contains(said) {
            self = .stopAndCancel
        } else if Self.startWords.contains(said) {
            self = .start
        } else if Self.stopPhrases.contains(where: { " \(said) ".contains(" \($0) ") })
            || words.first == "stop" && words.count <= Self.stopWordsMax
        {
            self = .stop
        } else if words.contains(where: { word in Self.cancelStems.contains(where: word.hasPrefix) }
        ) {
            self = .cancel
        } else {
            self = .other
        }
    }

    /// Lower case, without the accents that Spanish has.
    private static func plain(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.lowercaseMapping {
        case "á": "a"
        case "é": "e"
        case "í": "i"
        case "ó": "o"
        case "ú", "ü": "u"
        case let mapped: mapped
        }
    }
}
