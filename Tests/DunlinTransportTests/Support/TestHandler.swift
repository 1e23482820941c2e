import DunlinWire

/// Calls that a test can steer.
struct TestHandler: CallHandler {
    /// The reply is the request.
    static let mirror = Api(key: 100, name: "mirror", request: "Bytes", reply: "Bytes")
    /// Answers when the gate opens, or notes that it was cancelled.
    static let hold = Api(key: 101, name: "hold", request: "Bytes", reply: "Bytes")
    /// Fails with the status in the first two bytes.
    static let fail = Api(key: 102, name: "fail", request: "Bytes", reply: "Bytes")
    /// Sends as many items as the first two bytes say, each its number in four bytes.
    static let count = Api(
        key: 103, name: "count", shape: .serverStream, request: "Bytes", reply: "Bytes")
    /// Notes the body, as text.
    static let note = Api(key: 104, name: "note", request: "Bytes", reply: "Bytes")
    /// Answers with more bytes than any frame holds.
    static let flood = Api(key: 105, name: "flood", request: "Bytes", reply: "Bytes")
    static let all = [Self.mirror, Self.hold, Self.fail, Self.count, Self.note, Self.flood]

    let diary = Diary()
    let gate = Gate()

    var apis: [Api] { Self.all }

    func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        switch call.api {
        case Self.mirror: return call.body
        case Self.hold:
            self.diary.note("holding")
            await self.gate.wait()
            self.diary.note(Task.isCancelled ? "cancelled" : "released")
            return call.body
        case Self.fail:
            let status = Status(wire: UInt16(call.body[0]) | UInt16(call.body[1]) << 8)
            throw CallError(
                status, "as asked", retryAfterMs: 250, primary: "node-2:7400", epoch: 9)
        case Self.note:
            self.diary.note(String(decoding: call.body, as: UTF8.self))
            return []
        case Self.flood: return [UInt8](repeating: 7, count: WireLimits.frameBytesMax)
        default: throw CallError(.unimplemented, "not in this test")
        }
    }

    func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        let count = Int(call.body[0]) | Int(call.body[1]) << 8
        for number in 0..<count {
            do throws(CallError) {
                try await sink.send(bytes(of: UInt32(number)))
            } catch {
                self.diary.note("stream cancelled")
                throw error
            }
            self.diary.note("item")
        }
        self.diary.note("stream done")
    }
}

func bytes(of number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
}
