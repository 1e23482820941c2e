import DunlinCore
import NIOCore
import Synchronization

/// One call to Stripe.
struct StripeRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    /// What it is for, in words that may be logged: `pay invoice`.
    var purpose: String
    var method: Method
    /// Steps of the path after `/v1`, not yet escaped.
    var path: [String]
    /// The query of a GET or DELETE, the form of a POST.
    var fields: [(name: String, value: String)] = []
    /// Sent as `Idempotency-Key`; `nil` for none.
    var idempotencyKey: String?

    /// Path and query.
    var target: String {
        let path = "/v1/" + self.path.map(Self.escaped).joined(separator: "/")
        guard self.method != .post, !self.fields.isEmpty else { return path }
        return path + "?" + self.encodedFields
    }

    /// The form of a POST. An empty form is one separator rather than nothing, so that there is a
    /// body whose leaving can be watched (``StripeWatchedBody``); readers of forms skip it.
    var form: String { self.fields.isEmpty ? "&" : self.encodedFields }

    private var encodedFields: String {
        self.fields.map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }
            .joined(separator: "&")
    }

    /// Percent-escapes everything but RFC 3986's unreserved characters.
    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                bytes.append(byte)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                bytes.append(contentsOf: "%\(byte < 16 ? "0" : "")\(digits)".utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A request body that knows whether anybody ever asked for its bytes.
///
/// The client asks only after it has a connection and has written the head, which announces the
/// body's length. While nobody asked, the other side cannot have the whole request and cannot have
/// acted on it: that is the proof behind "surely not sent" (Law 2).
struct StripeWatchedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    final class Watch: Sendable {
        private let asked = Atomic<Bool>(false)

        /// The bytes may be on their way.
        var wasAsked: Bool { self.asked.load(ordering: .sequentiallyConsistent) }

        fileprivate func ask() { self.asked.store(true, ordering: .sequentiallyConsistent) }
    }

    let bytes: ByteBuffer
    let watch = Watch()

    init(_ text: String) {
        self.bytes = ByteBuffer(string: text)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var bytes: ByteBuffer?
        fileprivate let watch: Watch

        mutating func next() async -> ByteBuffer? {
            self.watch.ask()
            defer { self.bytes = nil }
            return self.bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(bytes: self.bytes, watch: self.watch)
    }
}
