import DunlinCore

/// One refusal and what it must be understood as.
struct DeclineQuestion: CustomStringConvertible {
    var codes: DeclineCodes
    var network: PaymentNetwork
    var declineClass: String
    var advice: String
    var delayMinutes: Int64
    var bankingDays: UInt32
    var tries: UInt32

    /// Reads a line of ``DeclineTable``; `nil` for one that is none.
    private init?(codes: DeclineCodes, network: PaymentNetwork, row: ArraySlice<Substring>) {
        let values = Array(row)
        guard values.count == 5, let delay = Int64(values[2]), let days = UInt32(values[3]),
            let tries = UInt32(values[4])
        else { return nil }
        (self.codes, self.network) = (codes, network)
        (self.declineClass, self.advice) = (String(values[0]), String(values[1]))
        (self.delayMinutes, self.bankingDays, self.tries) = (delay, days, tries)
    }

    static var all: [DeclineQuestion] {
        Self.rows(DeclineTable.codes) { words in
            Self(
                codes: DeclineCodes(code: String(words[0])), network: .unknown,
                row: words.dropFirst())
        }
            + Self.rows(DeclineTable.wordsOfNetworks) { words in
                Self(
                    codes: DeclineCodes(code: String(words[1])),
                    network: PaymentNetwork(brand: String(words[0])), row: words.dropFirst(2))
            }
            + Self.rows(DeclineTable.responses) { words in
                Self(
                    codes: DeclineCodes(code: "", networkCode: String(words[0])),
                    network: .unknown, row: words.dropFirst())
            }
            + Self.rows(DeclineTable.responsesOfNetworks) { words in
                Self(
                    codes: DeclineCodes(code: "", networkCode: String(words[1])),
                    network: PaymentNetwork(brand: String(words[0])), row: words.dropFirst(2))
            }
            + Self.rows(DeclineTable.advices) { words in
                Self(
                    codes: DeclineCodes(
                        code: "insufficient_funds",
                        networkCode: words[1] == "-" ? "" : String(words[1]),
                        adviceCode: String(words[0])), network: .unknown, row: words.dropFirst(2))
            }
    }

    private static func rows(
        _ table: String, _ read: (ArraySlice<Substring>) -> DeclineQuestion?
    ) -> [DeclineQuestion] {
        table.split(separator: "\n").compactMap { line in
            read(line.split(separator: " ")[...])
        }
    }

    /// What the map says that it should not; `nil` when all is well.
    func problem(with map: DeclineMap) -> String? {
        let reading = map.reading(of: self.codes, network: self.network)
        let decline = reading.decline
        let isAsWritten =
            decline.declineClass.name == self.declineClass && decline.advice.name == self.advice
            && decline.minimumDelayMs == self.delayMinutes * Milliseconds.minute
            && reading.bankingDays == self.bankingDays && decline.furtherTriesMax == self.tries
        return isAsWritten ? nil : "\(self): \(reading)"
    }

    var description: String {
        "\(self.network.name) \(self.codes.code) \(self.codes.networkCode) \(self.codes.adviceCode)"
    }
}
