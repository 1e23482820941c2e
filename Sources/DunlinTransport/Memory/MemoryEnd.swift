import NIOCore

/// Two ends of a byte stream inside the process. What one end writes the other reads, in order,
/// in chunks of at most ``chunkBytes`` each in a turn of its loop.
///
/// Threads: an end's `var`s are used on its own loop only; the other end reaches it through
/// `execute`.
final class MemoryEnd: ByteLink, @unchecked Sendable {
    /// Bytes that may be on their way before the writer is told to wait.
    static let highWaterBytes = 65_536

    let loop: any EventLoop
    private let chunkBytes: Int
    private weak var other: MemoryEnd?
    private var onBytes: (([UInt8]) -> Void)?
    private var onWritable: (() -> Void)?
    private var onClosed: (() -> Void)?
    private var bytesUnderway = 0
    private var isClosed = false

    private init(loop: any EventLoop, chunkBytes: Int) {
        self.loop = loop
        self.chunkBytes = chunkBytes
    }

    static func makePair(
        loops: (any EventLoop, any EventLoop), chunkBytes: Int
    ) -> (MemoryEnd, MemoryEnd) {
        let left = MemoryEnd(loop: loops.0, chunkBytes: chunkBytes)
        let right = MemoryEnd(loop: loops.1, chunkBytes: chunkBytes)
        left.other = right
        right.other = left
        return (left, right)
    }

    /// On the end's loop, before anything is written to it.
    func attach(
        onBytes: @escaping ([UInt8]) -> Void, onWritable: @escaping () -> Void,
        onClosed: @escaping () -> Void
    ) {
        self.loop.preconditionInEventLoop()
        self.onBytes = onBytes
        self.onWritable = onWritable
        self.onClosed = onClosed
    }

    var isWritable: Bool { self.bytesUnderway < Self.highWaterBytes }

    func write(_ bytes: [UInt8]) {
        self.loop.preconditionInEventLoop()
        guard !self.isClosed, let other = self.other else { return }
        self.bytesUnderway += bytes.count
        for start in stride(from: 0, to: bytes.count, by: self.chunkBytes) {
            let chunk = Array(bytes[start..<min(start + self.chunkBytes, bytes.count)])
            other.loop.execute {
                if !other.isClosed { other.onBytes?(chunk) }
                self.loop.execute { self.arrived(chunk.count) }
            }
        }
    }

    func close() {
        self.loop.preconditionInEventLoop()
        guard !self.isClosed else { return }
        self.isClosed = true
        self.forget()
        guard let other = self.other else { return }
        // Behind what was written: the other end reads it first.
        other.loop.execute { other.closedByOther() }
    }

    private func arrived(_ count: Int) {
        let wasWritable = self.isWritable
        self.bytesUnderway -= count
        if !wasWritable, self.isWritable, !self.isClosed { self.onWritable?() }
    }

    private func closedByOther() {
        guard !self.isClosed else { return }
        self.isClosed = true
        let onClosed = self.onClosed
        self.forget()
        onClosed?()
    }

    /// The closures hold the connection, which holds this end.
    private func forget() {
        self.onBytes = nil
        self.onWritable = nil
        self.onClosed = nil
    }
}
