import DunlinCore

/// A customer as Stripe tells it, reduced to what dunning needs.
struct StripeCustomer: Sendable {
    var id: String
    var email: String
    var locale: String?
    var zone: String?
    var country: String?
    var attributes: [Profile.Attribute]
    /// The payment method that Stripe would charge; empty when there is none.
    var defaultMethod: String
    var isDeleted: Bool

    /// Metadata keys that may hold the customer's time zone.
    private static let zoneKeys = ["timezone", "time_zone", "tz"]
    /// Metadata keys with this prefix become attributes without it.
    private static let attributePrefix = "dunlin_"

    /// `attributeNames`: Metadata keys that become attributes besides.
    init?(_ json: StripeJSON, attributeNames: [String]) {
        guard let id = json["id"]?.text, json["object"]?.text ?? "customer" == "customer" else {
            return nil
        }
        self.id = id
        self.email = json["email"]?.text ?? ""
        self.locale = json["preferred_locales"]?.items.first?.text
        self.country =
            json["address", "country"]?.text ?? json["shipping", "address", "country"]?.text
        let metadata = json["metadata"]?.members ?? [:]
        self.zone = Self.zoneKeys.lazy.compactMap { metadata[$0]?.text }.first
        self.attributes = Self.attributes(metadata, names: attributeNames)
        self.defaultMethod =
            json["invoice_settings", "default_payment_method"]?.reference
            ?? json["default_source"]?.reference ?? ""
        self.isDeleted = json["deleted"]?.bool ?? false
    }

    var profile: ProfileChange {
        ProfileChange(
            locale: self.locale, zone: self.zone, country: self.country,
            attributes: self.attributes)
    }

    var personal: [PersonalContact] {
        self.email.isEmpty ? [] : [PersonalContact(channel: .email, address: self.email)]
    }

    private static func attributes(
        _ metadata: [String: StripeJSON], names: [String]
    ) -> [Profile.Attribute] {
        var found: [Profile.Attribute] = []
        for name in metadata.keys.sorted() {
            guard case .text(let value)? = metadata[name] else { continue }
            if names.contains(name) {
                found.append(Profile.Attribute(name: name, value: value))
            } else if name.hasPrefix(Self.attributePrefix) {
                let short = String(name.dropFirst(Self.attributePrefix.count))
                if !short.isEmpty { found.append(Profile.Attribute(name: short, value: value)) }
            }
        }
        return Array(found.prefix(Profile.attributesMax))
    }
}
