/// Frames on their way out, within the byte credit that the peer gave. Does no I/O.
///
/// Control frames go first and need no credit. Call frames keep their order; one may be sent while
/// any credit is left, so the credit may fall below zero by one frame, and a frame as long as the
/// whole window can always go.
package struct SendQueue: Sendable {
    private struct Waiting {
        var frame: Frame
        /// Bytes of the request that this frame answers: given back to the peer when it has left.
        var answersBytes: Int
    }

    private var control = FIFO<Frame>()
    private var calls = FIFO<Waiting>()
    private var creditBytes: Int
    /// Bytes of call frames that wait here.
    package private(set) var backlogBytes = 0

    package init(creditBytes: Int) {
        self.creditBytes = creditBytes
    }

    package var isEmpty: Bool { self.control.isEmpty && self.calls.isEmpty }

    package mutating func append(_ frame: Frame, answersBytes: Int = 0) {
        guard frame.header.kind.isCallFrame else {
            self.control.append(frame)
            return
        }
        self.backlogBytes += frame.byteCount
        self.calls.append(Waiting(frame: frame, answersBytes: answersBytes))
    }

    /// Takes back a request that has not left. Answers whether there was one.
    package mutating func withdrawRequest(stream: UInt64) -> Bool {
        let taken = self.calls.removeFirst {
            $0.frame.header.stream == stream && $0.frame.header.kind == .request
        }
        self.backlogBytes -= taken?.frame.byteCount ?? 0
        return taken != nil
    }

    /// The streams whose requests have not left, in order.
    package var waitingRequests: [UInt64] {
        self.calls.elements.lazy.filter { $0.frame.header.kind == .request }
            .map(\.frame.header.stream)
    }

    package enum CreditAction: Equatable {
        case proceed
        case violation(WireError)
    }

    package mutating func credit(bytes: Int) -> CreditAction {
        guard bytes > 0, bytes <= WireLimits.windowBytesMax,
            self.creditBytes <= WireLimits.windowBytesMax
        else { return .violation(WireError(.windowExceeded, "a byte credit out of range")) }
        self.creditBytes += bytes
        return .proceed
    }

    /// The next frame that may go, and how many bytes of requests are thereby dealt with.
    package mutating func next() -> (frame: Frame, answersBytes: Int)? {
        if let frame = self.control.popFirst() { return (frame, 0) }
        guard self.creditBytes > 0, let waiting = self.calls.popFirst() else { return nil }
        self.creditBytes -= waiting.frame.byteCount
        self.backlogBytes -= waiting.frame.byteCount
        return (waiting.frame, waiting.answersBytes)
    }
}

/// First in, first out, without moving what waits.
struct FIFO<Element: Sendable>: Sendable {
    private var storage: [Element?] = []
    private var head = 0

    var isEmpty: Bool { self.head == self.storage.count }

    var elements: [Element] { self.storage[self.head...].compactMap { $0 } }

    mutating func append(_ element: Element) {
        self.storage.append(element)
    }

    mutating func popFirst() -> Element? {
        guard self.head < self.storage.count else { return nil }
        let element = self.storage[self.head]
        self.storage[self.head] = nil
        self.head += 1
        if self.head == self.storage.count {
            self.storage.removeAll(keepingCapacity: self.head <= 1024)
            self.head = 0
        } else if self.head > 1024, self.head * 2 > self.storage.count {
            self.storage.removeFirst(self.head)
            self.head = 0
        }
        return element
    }

    mutating func removeFirst(where matches: (Element) -> Bool) -> Element? {
        for index in self.head..<self.storage.count {
            guard let element = self.storage[index], matches(element) else { continue }
            self.storage.remove(at: index)
            return element
        }
        return nil
    }
}
