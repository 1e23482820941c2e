import Foundation

/// Free ports for programs that must be told theirs beforehand.
enum LoopbackPorts {
    /// Below the ports that the system gives to outgoing connections, so that a port stays free
    /// while its program is down.
    private static let range: ClosedRange<UInt16> = 20_000...29_999

    /// A port of 127.0.0.1 on which nobody listens at this moment.
    static func free() throws -> Int {
        for _ in 0..<1000 {
            let port = UInt16.random(in: Self.range)
            if Self.isFree(port) { return Int(port) }
        }
        throw DeadlinePassed(description: "no free port on 127.0.0.1")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(descriptor, plain, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
