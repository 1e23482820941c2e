import Yams

// Figures of a world: shares and decimals, read exactly, the same on every machine.

extension Fields {
    /// `44%` or `0.44`, from 0 to 1.
    func fraction(_ key: String, default fallback: Double) -> Double {
        guard let node = self.node(key) else { return fallback }
        return self.fraction(node, path: self.path(key)) ?? fallback
    }

    func fraction(_ node: Node, path: String) -> Double? {
        guard let text = self.scalar(node, path: path) else { return nil }
        let isPercent = text.hasSuffix("%")
        let number = decimal(isPercent ? text.dropLast() : text[...])
        guard let number, (0...1).contains(isPercent ? number / 100 : number) else {
            self.log.error(
                path, at: node.position, "`\(shown(text))` is no share",
                remedy: "Write it as `7.5%` or `0.075`, from 0% to 100%")
            return nil
        }
        return isPercent ? number / 100 : number
    }

    /// A number with at most six decimals, within bounds.
    func number(
        _ key: String, default fallback: Double, in bounds: ClosedRange<Double>
    ) -> Double {
        guard let node = self.node(key) else { return fallback }
        guard let text = self.scalar(node, path: self.path(key)) else { return fallback }
        guard let number = decimal(text[...]), bounds.contains(number) else {
            self.log.error(
                self.path(key), at: node.position,
                "`\(shown(text))` is not a number that is allowed here",
                remedy: "Give a number from \(bounds.lowerBound) to \(bounds.upperBound)")
            return fallback
        }
        return number
    }

    /// Shares by name that add up to 1, in the order of `known`; `nil` after a finding.
    func shares(_ key: String, of known: [String]) -> [Double]? {
        guard let node = self.node(key) else { return nil }
        let path = self.path(key)
        guard let fields = Fields(node, path: path, known: known, log: self.log) else {
            return nil
        }
        let shares = known.map { fields.fraction($0, default: 0) }
        return self.addsUp(shares, path: path) ? shares : nil
    }

    /// Whether shares of one list come to the whole, with room for their rounding.
    func addsUp(_ shares: [Double], path: String) -> Bool {
        let sum = shares.reduce(0, +)
        guard abs(sum - 1) > 1e-6 else { return true }
        let percent = Double(Int64(sum * 10000 + 0.5)) / 100
        self.log.error(
            path, "the shares add up to \(percent)%, not to 100%",
            remedy: "Change them so that they do")
        return false
    }
}

/// Digits with at most six decimals; `nil` for anything else.
private func decimal(_ text: Substring) -> Double? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.allSatisfy({ part in part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }),
        let whole = parts.first, !whole.isEmpty, whole.utf8.count <= 9
    else { return nil }
    let rest = parts.count > 1 ? parts[1] : ""
    guard parts.count == 1 || (1...6).contains(rest.utf8.count) else { return nil }
    var scale = 1.0
    for _ in rest.utf8 { scale *= 10 }
    guard let digits = Int64(String(whole) + String(rest)) else { return nil }
    return Double(digits) / scale
}
