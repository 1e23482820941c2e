import Foundation

/// A bare TCP connection to the loopback address, for bytes that no client would send.
final class RawConnection {
    private let descriptor: Int32

    init(port: Int) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let failed = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                connect(self.descriptor, plain, socklen_t(MemoryLayout<sockaddr_in>.size)) != 0
            }
        }
        if failed { throw ServerRefused(description: "no connection to port \(port)") }
        // Reading never waits here: a test polls under a deadline.
        _ = fcntl(self.descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(self.descriptor)
    }

    /// Sends what the other side still takes.
    func send(_ bytes: some Sequence<UInt8>) {
        let copy = Array(bytes)
        _ = copy.withUnsafeBytes {
            Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Says that nothing more will come.
    func finishSending() {
        _ = shutdown(self.descriptor, Int32(SHUT_WR))
    }

    /// Whether the other side has closed; what it sent before is thrown away.
    func isClosed() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                recv(self.descriptor, $0.baseAddress, $0.count, 0)
            }
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN && errno != EWOULDBLOCK }
        }
    }
}
