import DunlinCore
import Mustache

/// The phrases and formats of one locale, with those of its fallbacks behind them.
struct Phrases {
    /// By locale, the nearest first: `es-MX`, `es`, `en`.
    var layers: [[String: Phrase]]

    /// One phrase: its text, and the same ready to be filled in.
    struct Phrase: Sendable {
        var text: String
        var template: MustacheTemplate
    }

    /// The phrase filled in; empty when no layer has it.
    func callAsFunction(_ name: String, _ values: [String: String] = [:]) -> String {
        for layer in self.layers {
            if let phrase = layer[name] { return phrase.template.render(values) }
        }
        return ""
    }

    private func text(_ name: String) -> String {
        for layer in self.layers {
            if let phrase = layer[name] { return phrase.text }
        }
        return ""
    }

    /// `42,00 €`, `$1,234.50`, `4200 JPY`: exact, by the locale's marks. Never through a float.
    func amount(_ money: Money) -> String {
        let plain = money.decimalText
        let isNegative = plain.hasPrefix("-")
        let parts = plain.drop { $0 == "-" }.split(separator: ".")
        var number = self.grouped(parts.first.map(String.init) ?? "0")
        if parts.count > 1 { number += self.text("number.decimal") + parts[1] }
        if isNegative { number = "-" + number }
        let code = money.currency.code
        guard let symbol = Self.symbol(code) else {
            return self("money.code", ["number": number, "code": code])
        }
        return self("money.symbol", ["number": number, "symbol": symbol])
    }

    /// The day that a wall clock in `zone` shows, with the month's name.
    func date(_ instant: Timestamp, zone: ZoneTable) -> String {
        let civil = zone.local(instant)
        let months = self.text("months").split(separator: "|")
        let index = Int(civil.month) - 1
        let month = months.indices.contains(index) ? String(months[index]) : "\(civil.month)"
        return self(
            "date", ["day": "\(civil.day)", "month": month, "year": "\(civil.year)"])
    }

    /// The month's name and the year, of `year * 12 + month - 1`.
    func month(_ number: UInt32) -> String {
        let months = self.text("months").split(separator: "|")
        let index = Int(number % 12)
        let name = months.indices.contains(index) ? String(months[index]) : "\(index + 1)"
        return "\(name) \(number / 12)"
    }

    private func grouped(_ digits: String) -> String {
        guard let from = Int(self.text("number.group_from_digits")), digits.count >= max(from, 4)
        else { return digits }
        let mark = self.text("number.group")
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { grouped += mark }
            grouped.append(digit)
        }
        return grouped
    }

    /// Only symbols that mean one currency to everybody who is likely to pay in it.
    private static func symbol(_ code: String) -> String? {
        switch code {
        case "EUR": "€"
        case "GBP": "£"
        case "USD": "$"
        case "INR": "₹"
        default: nil
        }
    }
}
