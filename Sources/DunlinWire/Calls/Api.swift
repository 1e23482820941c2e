/// One call that a peer may serve, with the versions that this program knows.
package struct Api: Hashable, Sendable {
    /// How answers come. Raw values are on the wire.
    package enum Shape: UInt32, Sendable {
        /// One request, one reply.
        case unary = 1
        /// One request, any number of items, one end.
        case serverStream = 2
    }

    /// 1…65,535; never used twice.
    package let key: UInt16
    package let name: String
    /// The versions that are served; a request names one of them.
    package let versions: ClosedRange<UInt16>
    package let shape: Shape
    /// Names of the messages, without their package.
    package let request: String
    package let reply: String

    package init(
        key: UInt16, name: String, versions: ClosedRange<UInt16> = 1...1, shape: Shape = .unary,
        request: String, reply: String
    ) {
        self.key = key
        self.name = name
        self.versions = versions
        self.shape = shape
        self.request = request
        self.reply = reply
    }

    // MARK: Served by every peer

    package static let health = Api(
        key: 1, name: "health", request: "HealthRequest", reply: "HealthReply")
    package static let apis = Api(
        key: 2, name: "apis", request: "ApisRequest", reply: "ApisReply")
    package static let echo = Api(key: 3, name: "echo", request: "Echo", reply: "Echo")
    package static let standard = [Self.health, .apis, .echo]
}
