/// What one HTTP listener may be asked for. Reaching a limit is answered with a problem that names
/// it; nothing grows without bound (Law 8).
package struct WebLimits: Sendable, Equatable {
    /// Largest body of our own API, in bytes. Answer: 413.
    package var bodyBytesMax = 4 << 20
    /// Largest body of a foreign webhook, in bytes. Answer: 413.
    package var webhookBytesMax = 1 << 20
    /// Longest line and list of request headers, in bytes. Answer: 431 or 400, connection closed.
    package var headerBytesMax = 16 << 10
    /// Most request headers.
    package var headersMax = 100
    /// Longest request target, in bytes. Answer: 414.
    package var targetBytesMax = 4 << 10
    /// A request is answered within this. Answer: 504, outcome unknown.
    package var requestTimeout = Duration.seconds(30)
    /// A connection without progress is closed after this.
    package var idleTimeout = Duration.seconds(60)
    /// Requests at work at once. Answer: 503 with `Retry-After`. `/healthz` is exempt.
    package var requestsInFlightMax = 256
    /// Open connections; further ones wait in the listen queue.
    package var connectionsMax = 4_096
    /// Timeline records of one answer.
    package var timelineRecordsMax = 10_000

    package init() {}
}
