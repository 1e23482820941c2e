/// What is known about the customer, as far as decisions need it. Personal fields are sealed.
package struct Profile: Hashable, Sendable {
    /// The sealed contacts; empty when none is known. The core cannot open them.
    package var contacts: [SealedContact]
    /// BCP 47, `es-MX`. Empty when not known.
    package var locale: String
    /// IANA name. Empty when not known.
    package var zone: String
    /// ISO 3166-1 alpha-2. Empty when not known.
    package var country: String
    /// ISO 3166-2, `US-FL`. Empty when not known.
    package var region: String
    /// Segment attributes such as `plan` or `mrr`, sorted by name; at most ``attributesMax``.
    package var attributes: [Attribute]
    /// When the newest accepted change happened: an older one changes nothing.
    package var changedAt: Timestamp

    package static let attributesMax = 32
    package static let contactsMax = 8

    /// One named value for segments.
    package struct Attribute: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        contacts: [SealedContact] = [], locale: String = "", zone: String = "",
        country: String = "", region: String = "", attributes: [Attribute] = [],
        changedAt: Timestamp = Timestamp(ms: 0)
    ) {
        self.contacts = contacts
        self.locale = locale
        self.zone = zone
        self.country = country
        self.region = region
        self.attributes = attributes
        self.changedAt = changedAt
    }

    /// Forgets everything and keeps the room of the arrays.
    mutating func reset() {
        self.contacts.clear()
        self.attributes.clear()
        self.locale = ""
        self.zone = ""
        self.country = ""
        self.region = ""
        self.changedAt = Timestamp(ms: 0)
    }

    /// The contact that messages on `channel` go to.
    package func contact(for channel: Channel) -> SealedContact? {
        self.contacts.first { $0.channel == channel && $0.isReachable }
    }
}

/// One sealed address with the clear facts that decisions need.
package struct SealedContact: Hashable, Sendable {
    package var channel: Channel
    /// The address, sealed with the account's key.
    package var sealed: [UInt8]
    /// False after a hard bounce or a complaint: no message goes there again.
    package var isReachable: Bool
    /// Where its telephone number was given out, for the hours of the law; else unknown.
    package var place: ContactHours.Place
    /// A keyed hash of the address, by which other accounts of the tenant may know it; empty where
    /// no cap counts over accounts.
    package var hash: String

    package init(
        channel: Channel, sealed: [UInt8], isReachable: Bool = true,
        place: ContactHours.Place = .unknown, hash: String = ""
    ) {
        self.channel = channel
        self.sealed = sealed
        self.isReachable = isReachable
        self.place = place
        self.hash = hash
    }
}
