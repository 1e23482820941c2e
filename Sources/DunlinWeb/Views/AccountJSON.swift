package import DunlinCore

extension AccountView {
    /// The whole account. Sealed contacts are shown as channel and reachability only.
    package var json: JSONValue {
        [
            "account_id": .string(self.key.key), "tenant": .string(self.key.tenant),
            "access": .string(self.state.access.name),
            "subscriptions": .array(self.state.subscriptions.map(\.json)),
            "profile": self.state.profile.json,
            "payment_methods": .array(self.state.methods.map(\.json)),
            "cases": .array(self.state.cases.map(\.json)),
            "shared": .array(self.state.shares.filter { $0.standing != .sole }.map(\.json)),
            "pending_effects": .integer(self.state.effects.count),
            "as_of": .string(self.asOf.description), "stale": .bool(self.isStale),
        ]
    }

    /// What may be used. `subscription` asks for one; what holds for the account as a whole holds
    /// for each of its subscriptions.
    package func accessJSON(subscription: String?) -> JSONValue {
        let entries = self.state.subscriptions
        guard let subscription else {
            return [
                "account_id": .string(self.key.key), "access": .string(self.state.access.name),
                "subscriptions": .array(entries.map(\.json)),
                "as_of": .string(self.asOf.description), "stale": .bool(self.isStale),
            ]
        }
        let worst = entries.filter { $0.subscription == subscription || $0.subscription.isEmpty }
            .max { $0.state < $1.state }
        return [
            "account_id": .string(self.key.key), "subscription_id": .string(subscription),
            "access": .string((worst?.state ?? .full).name),
            "since": worst.flatMap { .instant($0.since) },
            "as_of": .string(self.asOf.description), "stale": .bool(self.isStale),
        ]
    }
}

extension SubscriptionAccess {
    package var json: JSONValue {
        [
            "subscription_id": .text(self.subscription), "access": .string(self.state.name),
            "since": .instant(self.since),
        ]
    }
}

extension Profile {
    package var json: JSONValue {
        [
            "contacts": .array(
                self.contacts.map {
                    ["channel": .string($0.channel.name), "reachable": .bool($0.isReachable)]
                }),
            "locale": .text(self.locale), "zone": .text(self.zone),
            "country": .text(self.country), "region": .text(self.region),
            "attributes": .object(
                self.attributes.map { .init(name: $0.name, value: .string($0.value)) }),
        ]
    }
}

extension HeldMethod {
    package var json: JSONValue {
        [
            "number": .integer(self.number), "token": .string(self.method.token),
            "fingerprint": .text(self.method.fingerprint),
            "brand": .string(self.method.network.name),
            "funding": .string(self.method.funding.name),
            "last_four": .text(self.method.lastFour),
            "bin": self.method.bin == 0 ? nil : .string("\(self.method.bin)"),
            "expiry_month": self.method.expiryMonth == 0
                ? nil : .integer(self.method.expiryMonth % 12 + 1),
            "expiry_year": self.method.expiryMonth == 0
                ? nil : .integer(self.method.expiryMonth / 12),
            "default": .bool(self.isDefault), "backup": .bool(self.isBackup),
            "standing": self.standing.json, "changed_at": .instant(self.changedAt),
        ]
    }
}
