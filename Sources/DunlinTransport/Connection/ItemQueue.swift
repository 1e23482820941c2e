import DunlinWire

/// The items of one stream between the connection and their consumer. Bounded by the stream's item
/// credit. Used only on the connection's loop.
final class ItemQueue {
    enum Next: Sendable {
        case item([UInt8])
        case end(CallError?)
    }

    private var items: [[UInt8]] = []
    private var head = 0
    private var ending: Next?
    private var consumer: CheckedContinuation<Next, Never>?

    func append(_ item: [UInt8]) {
        if let consumer = self.consumer {
            self.consumer = nil
            consumer.resume(returning: .item(item))
        } else {
            self.items.append(item)
        }
    }

    func end(_ error: CallError?) {
        guard self.ending == nil else { return }
        self.ending = .end(error)
        guard let consumer = self.consumer else { return }
        self.consumer = nil
        consumer.resume(returning: .end(error))
    }

    func next(_ continuation: CheckedContinuation<Next, Never>) {
        if self.head < self.items.count {
            let item = self.items[self.head]
            self.head += 1
            if self.head == self.items.count {
                self.items = []
                self.head = 0
            }
            continuation.resume(returning: .item(item))
        } else if let ending = self.ending {
            continuation.resume(returning: ending)
        } else {
            precondition(self.consumer == nil, "one consumer at a time")
            self.consumer = continuation
        }
    }
}
