import ArgumentParser
import DunlinCore

/// A length of time as a person types it: `3d`, `12h`, `90m`, `45s`, `1d12h`.
struct Span: ExpressibleByArgument {
    /// Greater than 0.
    var ms: Int64

    init?(argument: String) {
        var total: Int64 = 0
        var digits = ""
        for character in argument {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let unit = Self.unit(character), let count = Int64(digits) else { return nil }
            let (ms, overflow) = count.multipliedReportingOverflow(by: unit)
            let (sum, carry) = total.addingReportingOverflow(ms)
            guard !overflow, !carry else { return nil }
            total = sum
            digits = ""
        }
        guard digits.isEmpty, total > 0 else { return nil }
        self.ms = total
    }

    private static func unit(_ letter: Character) -> Int64? {
        switch letter {
        case "w": 7 * Milliseconds.day
        case "d": Milliseconds.day
        case "h": Milliseconds.hour
        case "m": Milliseconds.minute
        case "s": Milliseconds.second
        default: nil
        }
    }
}

/// An instant as a person types it: RFC 3339, or only the day (then its midnight in UTC).
struct Instant: ExpressibleByArgument {
    var timestamp: Timestamp

    init?(argument: String) {
        let text = argument.utf8.count == 10 ? "\(argument)T00:00:00Z" : argument
        guard let timestamp = Timestamp(iso8601: text) else { return nil }
        self.timestamp = timestamp
    }
}

/// An instant, or how long ago it was.
enum Since: ExpressibleByArgument {
    case instant(Timestamp)
    case ago(Span)

    init?(argument: String) {
        if let instant = Instant(argument: argument) {
            self = .instant(instant.timestamp)
        } else if let span = Span(argument: argument) {
            self = .ago(span)
        } else {
            return nil
        }
    }

    func timestamp(now: Timestamp) -> Timestamp {
        switch self {
        case .instant(let timestamp): timestamp
        case .ago(let span): now.advanced(byMs: -span.ms)
        }
    }
}

extension Span {
    init(ms: Int64) {
        self.ms = ms
    }

    var defaultValueDescription: String {
        self.ms % Milliseconds.day == 0
            ? "\(self.ms / Milliseconds.day)d" : "\(self.ms / Milliseconds.second)s"
    }
}
