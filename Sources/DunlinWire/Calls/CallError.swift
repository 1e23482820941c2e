/// Why a call was not answered with what it asked for.
package struct CallError: Error, Equatable, Sendable, CustomStringConvertible {
    package var status: Status
    /// What was wrong, where, and what to do. No personal data, no ids.
    package var message: String
    /// Not before this long; `nil` when it is not known.
    package var retryAfterMs: UInt32?
    /// With ``Status/notPrimary``: where the primary was last seen, `host:port`.
    package var primary: String?
    /// With ``Status/staleEpoch``: the epoch that the answerer knows.
    package var epoch: UInt64?
    /// The request surely never reached a handler, so it may be sent again.
    package var wasNotSent: Bool

    package init(
        _ status: Status, _ message: String, retryAfterMs: UInt32? = nil, primary: String? = nil,
        epoch: UInt64? = nil, wasNotSent: Bool = false
    ) {
        self.status = status
        self.message = message
        self.retryAfterMs = retryAfterMs
        self.primary = primary
        self.epoch = epoch
        self.wasNotSent = wasNotSent
    }

    /// A request whose message was not understood: nothing was done.
    package init(request error: WireError) {
        self.init(.invalidArgument, "The request was not understood: \(error.detail).")
    }

    package var description: String { "\(self.status.name): \(self.message)" }
}
