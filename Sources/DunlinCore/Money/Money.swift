/// An amount of one currency in its minor unit (cents for EUR, yen for JPY). Never a float.
package struct Money: Hashable, Sendable, CustomStringConvertible {
    /// Minor units. May be negative for a correction; an obligation's amount never is.
    package var minor: Int64
    package var currency: Currency

    package init(minor: Int64, currency: Currency) {
        self.minor = minor
        self.currency = currency
    }

    /// `42.00 EUR`, `4200 JPY`, `4.200 KWD`: digits by the currency, no grouping, no locale.
    package var description: String { "\(self.decimalText) \(self.currency.code)" }

    /// The amount with the currency's own number of decimals and a full stop, without the code.
    package var decimalText: String {
        let decimals = self.currency.decimals
        let magnitude = String(self.minor.magnitude)
        let sign = self.minor < 0 ? "-" : ""
        guard decimals > 0 else { return sign + magnitude }
        let padding = String(repeating: "0", count: max(0, decimals + 1 - magnitude.count))
        let padded = padding + magnitude
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}
