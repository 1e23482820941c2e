import Foundation

/// Ways between processes on loopback that a test cuts, one direction at a time: a proxy before each
/// of them, which finds out who is at the other end of a connection by its port.
///
/// What is cut is held back, as a network does that loses packets and sends them again; it flows
/// once the way is mended, unless somebody gave up meanwhile.
final class WireNetwork: @unchecked Sendable {
    /// One direction between two processes.
    struct Way: Hashable {
        var from: String
        var to: String
    }

    // `@unchecked Sendable`: all of this is guarded by `lock`.
    private let lock = NSCondition()
    private var cut: Set<Way> = []
    private var processes: () -> [(name: String, pid: pid_t)] = { [] }
    private var sockets: [Int32] = []
    private var isClosed = false

    /// Whose processes they are, asked with every new connection.
    func setProcesses(_ processes: @escaping () -> [(name: String, pid: pid_t)]) {
        self.lock.withLock { self.processes = processes }
    }

    func cut(_ from: String, _ to: String) {
        self.lock.withLock { _ = self.cut.insert(Way(from: from, to: to)) }
    }

    func heal() {
        self.lock.withLock {
            self.cut = []
            self.lock.broadcast()
        }
    }

    func close() {
        self.lock.withLock {
            self.isClosed = true
            for socket in self.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            self.lock.broadcast()
        }
    }

    /// Listens before `target`, which listens at `address` or will.
    ///
    /// - Returns: Where others reach it from now on, `host:port`.
    /// - Throws: ``ServerRefused`` when no port can be had.
    func way(to target: String, at address: String) throws -> String {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var own = Self.loopback(port: 0)
        let isBound = withUnsafePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0, let port = Self.port(of: listener, getsockname),
            let targetPort = UInt16(address.split(separator: ":").last ?? "")
        else { throw ServerRefused(description: "a proxy found no port") }
        self.lock.withLock { self.sockets.append(listener) }
        Thread.detachNewThread { self.accept(listener, target, targetPort) }
        return "127.0.0.1:\(port)"
    }

    private func accept(_ listener: Int32, _ target: String, _ port: UInt16) {
        while true {
            let near = Glibc.accept(listener, nil, nil)
            guard near >= 0 else { return }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            self.lock.withLock { self.sockets += [near, far] }
            Thread.detachNewThread { self.join(near, far, target, port) }
        }
    }

    private func join(_ near: Int32, _ far: Int32, _ target: String, _ port: UInt16) {
        let caller = self.caller(of: near)
        self.waitFor(Way(from: caller, to: target))
        var address = Self.loopback(port: port)
        let isThere = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(far, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isThere else { return self.end(near, far) }
        Thread.detachNewThread {
            self.copy(far, to: near, Way(from: target, to: caller))
            shutdown(near, Int32(SHUT_RDWR))
        }
        self.copy(near, to: far, Way(from: caller, to: target))
        shutdown(far, Int32(SHUT_RDWR))
    }

    /// Sockets are shut, not closed, before the end of the test: another thread may be reading.
    private func end(_ sockets: Int32...) {
        for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func copy(_ from: Int32, to: Int32, _ way: Way) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            self.waitFor(way)
            guard count > 0 else { return }
            var sent = 0
            while sent < count {
                let done = buffer[sent..<count].withUnsafeBytes {
                    send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard done > 0 else { return }
                sent += done
            }
        }
    }

    private func waitFor(_ way: Way) {
        self.lock.withLock {
            while self.cut.contains(way), !self.isClosed { self.lock.wait() }
        }
    }

    // MARK: Who it is

    /// The process that holds the other end; empty for a stranger, such as a command.
    private func caller(of socket: Int32) -> String {
        guard let port = Self.port(of: socket, getpeername), let inode = Self.inode(ofPort: port)
        else { return "" }
        let processes = self.lock.withLock { self.processes }()
        for (name, pid) in processes {
            let folder = "/proc/\(pid)/fd"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for file in files {
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "\(folder)/\(file)")
                if target == "socket:[\(inode)]" { return name }
            }
        }
        return ""
    }

    /// From the kernel's table of connections: the end whose own port is `port`.
    private static func inode(ofPort port: UInt16) -> String? {
        let own = String(format: ":%04X", port)
        for line in contents(ofFile: "/proc/net/tcp").split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[1].hasSuffix(own), fields[9] != "0" else { continue }
            return String(fields[9])
        }
        return nil
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func port(
        of socket: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
    ) -> UInt16? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(socket, $0, &length) }
        }
        return code == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }
}
