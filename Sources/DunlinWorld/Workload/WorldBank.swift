import DunlinCore
package import DunlinPorts

/// The banks of a payment world, asked with a gateway's orders.
package struct WorldBank: ChargeOracle {
    package let world: PaymentWorld

    package init(_ world: PaymentWorld) {
        self.world = world
    }

    package func verdict(on order: ChargeOrder) -> ChargeVerdict? {
        guard let obligation = WorldNames.obligation(order.obligation) else { return nil }
        let customer = self.world.customer(obligation.index)
        let episode = self.world.episode(obligation.renewal, of: customer)
        // The card that was given after this failure, or after a later one.
        let card = WorldNames.card(order.methodToken)
        if let card, card >= obligation.renewal {
            return self.world.acceptsNewCard(episode) ? .approved : .declined("generic_decline")
        }
        let isAccepted = self.world.accepts(episode, of: customer, at: order.intendedAt)
        return isAccepted ? .approved : .declined(episode.code)
    }
}

/// How accounts, invoices, subscriptions and cards of a world are called: a name says whose it is,
/// so that a gateway needs no memory.
package enum WorldNames {
    /// `acct-00000042`.
    package static func account(_ index: UInt64) -> String { "acct-" + self.digits(index) }

    /// `sub-00000042`.
    package static func subscription(_ index: UInt64) -> String { "sub-" + self.digits(index) }

    /// `in-00000042-3`: the invoice of the third renewal.
    package static func obligation(_ index: UInt64, renewal: UInt32) -> String {
        "in-" + self.digits(index) + "-" + String(renewal)
    }

    /// `card-0` is the first; `card-3` was given after the third renewal had failed.
    package static func card(after renewal: UInt32) -> String { "card-" + String(renewal) }

    package static func obligation(_ name: String) -> (index: UInt64, renewal: UInt32)? {
        var reader = NameReader(name.utf8)
        guard reader.skip("in-"), let index = reader.number(), reader.skip("-"),
            let renewal = reader.number(), reader.isAtEnd
        else { return nil }
        return (index, UInt32(clamping: renewal))
    }

    package static func card(_ token: String) -> UInt32? {
        var reader = NameReader(token.utf8)
        guard reader.skip("card-"), let renewal = reader.number(), reader.isAtEnd else {
            return nil
        }
        return UInt32(clamping: renewal)
    }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number)
        return digits.utf8.count >= 8
            ? digits : String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    private struct NameReader {
        private var rest: Substring.UTF8View

        init(_ bytes: String.UTF8View) { self.rest = bytes[...] }

        var isAtEnd: Bool { self.rest.isEmpty }

        mutating func skip(_ text: StaticString) -> Bool {
            text.withUTF8Buffer { prefix in
                guard self.rest.starts(with: prefix) else { return false }
                self.rest = self.rest.dropFirst(prefix.count)
                return true
            }
        }

        mutating func number() -> UInt64? {
            var value: UInt64 = 0
            var count = 0
            while let byte = self.rest.first, byte >= 0x30, byte <= 0x39, count < 18 {
                value = value * 10 + UInt64(byte - 0x30)
                self.rest = self.rest.dropFirst()
                count += 1
            }
            return count == 0 ? nil : value
        }
    }
}
