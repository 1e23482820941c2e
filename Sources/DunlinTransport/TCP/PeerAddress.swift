import NIOCore

/// Where a peer listens: a name or address, and a port.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    /// 0 lets the system choose when binding.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets: `[::1]:7400`.
    package init(_ text: String) throws(TransportError) {
        let wrong = TransportError(
            .badAddress,
            "“\(text)” is not an address. Write HOST:PORT, for instance 127.0.0.1:7400.")
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
        else { throw wrong }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw wrong
        }
        guard !host.isEmpty else { throw wrong }
        self.init(host: String(host), port: port)
    }

    /// Only this machine can reach it: `localhost`, 127.0.0.0/8, `::1`.
    package var isLoopback: Bool {
        if self.host == "localhost" { return true }
        guard let address = try? SocketAddress(ipAddress: self.host, port: 0) else { return false }
        switch address {
        case .v4: return self.host.hasPrefix("127.")
        case .v6: return address.ipAddress == "::1"
        case .unixDomainSocket: return true
        }
    }

    package var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }

    /// Without TLS only this machine may talk, unless somebody said so aloud.
    func checkMayBePlain(hasTLS: Bool, insecure: Bool) throws(TransportError) {
        guard !hasTLS, !insecure, !self.isLoopback else { return }
        throw TransportError(
            .insecure,
            "\(self) is not a loopback address and TLS is not configured. Configure certificates, "
                + "use 127.0.0.1, or say --insecure if the network itself is safe.")
    }
}
