/// Why a listener or connection could not be set up.
package struct TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// `HOST:PORT` is not written as it must be.
        case badAddress
        /// The address cannot be bound or reached.
        case unreachable
        /// Not loopback, and no TLS.
        case insecure
        /// A certificate, key or trust root cannot be used.
        case badCertificate
    }

    package var code: Code
    /// What was wrong, where, and what to do.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
