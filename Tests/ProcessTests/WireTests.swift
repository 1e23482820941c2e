import Foundation
import Testing

extension ProcessTests {
    /// Bytes on the node's own port that no good client sends.
    @Suite(.serialized) struct WireTests {
        /// What `dunlin node status` sends, as recorded between it and the node.
        static func recorded(_ node: DunlinProcess, scratch: Scratch) async throws -> [UInt8] {
            let path = scratch.file("client-bytes")
            let port = String(node.nodePort)
            return try await PythonServer.with(
                "tcp_recorder.py", ["--upstream", port, "--out", path], scratch: scratch
            ) { recorder in
                let asked = try await run(
                    BuildFolder.dunlin,
                    ["node", "status", "--connect", "127.0.0.1:\(recorder.port)"],
                    scratch: scratch)
                #expect(asked.code == 0, "\(asked.errors)")
                return FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
            }
        }

        static func withRecordedNode(
            _ body: (DunlinProcess, [UInt8], Int) async throws -> Void
        ) async throws {
            try await Scratch.with { scratch in
                try await DunlinProcess(scratch: scratch).whileRunning { node in
                    let bytes = try await Self.recorded(node, scratch: scratch)
                    #expect(bytes.count > 20)
                    try await body(node, bytes, node.nodePort)
                    #expect(try await node.command("node", "status").code == 0)
                    #expect(try await node.isReady())
                }
            }
        }

        @Test func `frames cut at every byte end that connection only`() async throws {
            try await Self.withRecordedNode { node, bytes, port in
                for cut in 0..<bytes.count {
                    let connection = try RawConnection(port: port)
                    connection.send(bytes[..<cut])
                    connection.finishSending()
                    try await waitUntil("end after \(cut) of \(bytes.count) bytes") {
                        connection.isClosed()
                    }
                }
                #expect(node.isRunning)
            }
        }

        @Test func `frames with a changed byte end that connection only`() async throws {
            try await Self.withRecordedNode { node, bytes, port in
                for place in 0..<bytes.count {
                    for flip: UInt8 in [0x01, 0x80, 0xFF] {
                        var changed = bytes
                        changed[place] ^= flip
                        let connection = try RawConnection(port: port)
                        connection.send(changed)
                        connection.finishSending()
                        try await waitUntil("end after a change of byte \(place)") {
                            connection.isClosed()
                        }
                    }
                }
                #expect(node.isRunning)
            }
        }

        @Test func `a peer that speaks HTTP or nothing at all does no harm`() async throws {
            try await Self.withRecordedNode { node, _, port in
                let web = try RawConnection(port: port)
                web.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                try await waitUntil("end of the connection that speaks HTTP") { web.isClosed() }
                let silent = try (0..<50).map { _ in try RawConnection(port: port) }
                #expect(try await node.command("node", "status").code == 0)
                #expect(silent.count == 50)
            }
        }
    }
}
