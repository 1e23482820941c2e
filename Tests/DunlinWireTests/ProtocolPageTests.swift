import DunlinCore
import DunlinWire
import Foundation
import Testing

/// `proto/PROTOCOL.md` is what strangers build from, so its tables and examples are checked against
/// the code.
@Suite("The protocol's page")
struct ProtocolPageTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "proto")
    let page: String

    init() throws {
        self.page = try String(
            contentsOf: Self.folder.appending(path: "PROTOCOL.md"), encoding: .utf8)
    }

    /// The frames of the examples, by their markers.
    static func examples() throws -> [(name: String, frame: Frame)] {
        var hello = FrameHeader(.hello)
        hello.version = 1
        var request = FrameHeader(.request)
        request.api = NodeCalls.intake.key
        request.version = 1
        request.stream = 1
        request.timeoutMs = 30_000
        let event = IntakeEvent(
            key: EntityKey(key: "acct-1"),
            facts: IntakeFacts(
                eventID: "e1", occurredAt: Timestamp(ms: 1_767_225_600_000),
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(id: "in_1", amountMinor: 4200, currency: .eur),
                        codes: DeclineCodes(code: "insufficient_funds")))))
        var response = FrameHeader(.response)
        response.stream = 1
        var failure = response
        failure.status = Status.resourceExhausted.rawValue
        let error = CallError(
            .resourceExhausted, "Too much at once. Try again later.", retryAfterMs: 250)
        return [
            ("hello", Frame(hello, body: try PeerHello(software: "example 1.0").packed())),
            ("request", Frame(request, body: try IntakeCall.request([event]))),
            ("response", Frame(response, body: try IntakeCall.reply([.accepted]))),
            ("failure", Frame(failure, body: error.packed())),
        ]
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            let line = bytes[start..<min(start + 16, bytes.count)]
            let offset = String(start, radix: 16)
            let digits = line.map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0\(digits)" : digits
            }
            let padding = String(repeating: "0", count: 4 - offset.count)
            return padding + offset + "  " + digits.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// What stands in the fenced block after a marker.
    func block(_ name: String) throws -> String {
        let marker = "<!-- example: \(name) -->\n```\n"
        let start = try #require(self.page.range(of: marker), "\(name) has no place")
        let rest = self.page[start.upperBound...]
        let end = try #require(rest.range(of: "\n```") ?? rest.range(of: "```"))
        return String(rest[..<end.lowerBound])
    }

    @Test("its examples are what the code sends, and are read back as what they say")
    func examples() throws {
        for (name, frame) in try Self.examples() {
            let bytes = frame.encoded()
            #expect(
                try self.block(name) == Self.hexadecimal(bytes),
                "the example \(name) should read:\n\(Self.hexadecimal(bytes))")
            var decoder = FrameDecoder()
            decoder.append(bytes)
            #expect(try decoder.next() == frame)
        }
    }

    @Test("its table of limits is the code's")
    func limits() {
        let limits: [(String, Int)] = [
            ("header", WireLimits.headerBytes),
            ("frame, at most ever", WireLimits.frameBytesMax),
            ("frame, unless agreed otherwise", WireLimits.frameBytesDefault),
            ("frame, before the handshake is done", WireLimits.frameBytesBeforeHello),
            ("meta", WireLimits.metaBytesMax), ("item of a stream", WireLimits.itemBytesMax),
            ("control frame", WireLimits.controlBytesMax),
            ("window, unless agreed otherwise", WireLimits.windowBytesDefault),
            ("window, at least", WireLimits.windowBytesMin),
            ("window, at most", WireLimits.windowBytesMax),
            ("calls at once, unless agreed otherwise", WireLimits.callsDefault),
            ("calls at once, at most", WireLimits.callsMax),
            ("item credit, unless said otherwise", WireLimits.itemCreditDefault),
            ("item credit, at most", WireLimits.itemCreditMax),
            ("answers that wait", WireLimits.backlogBytesMax),
            ("handshake", Int(WireLimits.handshakeMs)),
            ("silence before a PING", Int(WireLimits.keepAliveMs)),
            ("silence after a PING", Int(WireLimits.keepAliveTimeoutMs)),
            ("pause between PINGs, unless said otherwise", Int(WireLimits.pingIntervalMinMs)),
            ("early PINGs", WireLimits.pingStrikesMax),
            ("timeout of a call", Int(WireLimits.timeoutMsMax)),
            ("depth of messages", WireLimits.messageDepthMax),
            ("fields of a body", WireLimits.messageFieldsMax),
            ("values of a repeated field", WireLimits.repeatedMax),
            ("unknown fields of a body", WireLimits.unknownFieldsMax),
            ("APIs in a HELLO", WireLimits.apisMax),
            ("metadata entries", WireLimits.metaEntriesMax),
            ("metadata name", WireLimits.metaNameBytesMax),
            ("metadata value", WireLimits.metaValueBytesMax),
            ("sentence for people", WireLimits.messageBytesMax),
        ]
        for (name, value) in limits {
            #expect(self.page.contains("\n| \(name) | \(value) | "), "\(name): \(value)")
        }
    }

    @Test("its table of APIs is the code's")
    func apis() {
        for api in Api.standard + NodeCalls.all + CoordinatorCalls.all {
            let shape = api.shape == .unary ? "unary" : "server stream"
            let row =
                "\n| \(api.key) | \(api.name) | \(shape) | `\(api.request)` → `\(api.reply)` |\n"
            #expect(self.page.contains(row), "\(row)")
            #expect(api.versions == 1...1)
        }
        let keys = (Api.standard + NodeCalls.all + CoordinatorCalls.all).map(\.key)
        #expect(Set(keys).count == keys.count)
    }

    @Test("its table of statuses is the code's")
    func statuses() {
        for status in Status.allCases {
            #expect(self.page.contains("\n| \(status.rawValue) | \(status.name) | "))
        }
        for kind in FrameHeader.Kind.allCases {
            #expect(self.page.contains("\n| \(kind.rawValue) | "), "type \(kind.rawValue)")
        }
    }
}
