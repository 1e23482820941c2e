/// The way a message reaches a person. Raw values are in records and never change.
package enum Channel: UInt8, Sendable, CaseIterable {
    case email = 1
    case sms = 2
    case push = 3
    /// Shown by the merchant's app.
    case inApp = 4
    case voice = 5
    /// Handed to the merchant's own systems, who may tell the customer.
    case webhook = 6
    case postal = 7

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// An address of the customer is needed to use it.
    package var needsContact: Bool { self != .inApp && self != .webhook }

    /// Whoever gets it has been told: a message to the merchant tells the customer nothing.
    package var tellsCustomer: Bool { self != .webhook }

    /// The address is a telephone number.
    package var isTelephone: Bool { self == .sms || self == .voice }
}

/// Some of the channels.
package struct ChannelSet: OptionSet, Hashable, Sendable {
    /// Bit n is set for the channel of raw value n.
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package init(_ channels: some Sequence<Channel>) {
        self.init(rawValue: channels.reduce(0) { $0 | 1 << UInt16($1.rawValue) })
    }

    package static let email = ChannelSet([.email])

    package func contains(_ channel: Channel) -> Bool {
        self.rawValue & 1 << UInt16(channel.rawValue) != 0
    }
}
