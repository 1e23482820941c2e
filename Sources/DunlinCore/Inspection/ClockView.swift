/// The node's domain time and who moves it.
package struct ClockView: Sendable, Equatable {
    package var now: Timestamp
    /// `wall` or `manual`.
    package var kind: String

    package init(now: Timestamp, kind: String) {
        self.now = now
        self.kind = kind
    }
}
