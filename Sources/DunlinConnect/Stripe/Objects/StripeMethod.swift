import DunlinCore

/// Reads payment methods in the shapes that Stripe has for them.
enum StripeMethod {
    /// Of a `payment_method`, or of a `card` or `source` of the older kind.
    static func method(_ json: StripeJSON) -> PaymentMethod? {
        guard let token = json["id"]?.text else { return nil }
        if json["object"]?.text == "card" { return self.method(token: token, facts: json) }
        if let card = json["card"] { return self.method(token: token, facts: card) }
        for kind in ["sepa_debit", "us_bank_account", "bacs_debit", "au_becs_debit"] {
            if let facts = json[kind] {
                return self.method(token: token, facts: facts, kind: kind)
            }
        }
        return PaymentMethod(token: token)
    }

    static func method(ofCharge json: StripeJSON) -> PaymentMethod? {
        guard let token = json["payment_method"]?.reference ?? json["source", "id"]?.text else {
            return nil
        }
        let details = json["payment_method_details"]
        let kind = details?["type"]?.text ?? "card"
        return self.method(
            token: token, facts: details?[kind] ?? json["source"] ?? .null, kind: kind)
    }

    /// `kind`: `card`, or the kind of debit, which says the scheme.
    private static func method(
        token: String, facts: StripeJSON, kind: String = "card"
    ) -> PaymentMethod {
        let brand =
            kind == "card" ? facts["network"]?.text ?? facts["brand"]?.text ?? "" : kind
        let network = PaymentNetwork(brand: brand)
        let byBrand = PaymentNetwork(brand: facts["brand"]?.text ?? "")
        let lastFour = facts["last4"]?.text ?? ""
        let isLastFour =
            lastFour.utf8.count == 4 && lastFour.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        return PaymentMethod(
            token: token, fingerprint: facts["fingerprint"]?.text ?? "",
            network: network == .unknown ? byBrand : network,
            funding: CardFunding(name: facts["funding"]?.text ?? ""),
            lastFour: isLastFour ? lastFour : "", expiryMonth: self.expiryMonth(facts),
            bin: PaymentMethod.bin(String((facts["iin"]?.text ?? "").prefix(8))) ?? 0)
    }

    private static func expiryMonth(_ facts: StripeJSON) -> UInt32 {
        guard let year = facts["exp_year"]?.integer, let month = facts["exp_month"]?.integer,
            (2000...9999).contains(year), (1...12).contains(month)
        else { return 0 }
        return UInt32(year * 12 + month - 1)
    }
}
