/// Counts the bytes of call frames that the peer sent and that were not credited back yet.
package struct ReceiveWindow: Sendable {
    private let windowBytes: Int
    private var outstandingBytes = 0
    private var releasedBytes = 0

    package init(windowBytes: Int) {
        self.windowBytes = windowBytes
    }

    /// A peer may send while any credit is left, so one frame may reach beyond the window.
    package mutating func received(frameBytes: Int) throws(WireError) {
        guard self.outstandingBytes < self.windowBytes else {
            throw WireError(.windowExceeded, "the peer sent beyond its byte credit")
        }
        self.outstandingBytes += frameBytes
    }

    /// What was received is dealt with. Answers the bytes to credit, once they are worth a frame.
    package mutating func released(bytes: Int) -> Int? {
        self.releasedBytes += bytes
        guard self.releasedBytes >= max(1, self.windowBytes / 4) else { return nil }
        let credit = self.releasedBytes
        self.outstandingBytes -= credit
        self.releasedBytes = 0
        return credit
    }
}
