import DunlinCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The simulated gateway's own books: one line for each key that it was ever asked to charge.
///
/// Format: `KEY ACCOUNT OBLIGATION ATTEMPT VERDICT` and a line feed. Ids are percent-escaped
/// where they hold a space, a control character or a percent sign. VERDICT is `approved`,
/// `approved:MINOR` in part, `technical` or `declined:CODE`.
///
/// 1. A charge is answered only after its line is durable, so a killed process forgets none.
/// 2. A last line without its line feed was never answered: it is cut off when the file is opened.
/// 3. Lines are only ever appended. Two lines of one key would be two charges of one attempt.
package struct SimulatedLedger: ~Copyable, Sendable {
    /// One charge as the books have it.
    package struct Entry: Hashable, Sendable {
        /// As the gateway was given it: `dun_` and 32 hex digits.
        package var key: String
        package var account: String
        package var obligation: String
        package var attempt: UInt32
        /// `approved`, `approved:MINOR`, `technical` or `declined:CODE`.
        package var verdict: String
    }

    /// Largest file that is read back at start: 1 GiB.
    package static let bytesMax = 1 << 30

    private let descriptor: Int32
    /// Length of the durable lines, in bytes.
    private var size: Int

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        self.size = 0
    }

    /// Opens or creates the file at `path`, cuts a torn last line and calls `body` for each entry.
    static func open(
        path: String, _ body: (Entry) -> Void
    ) throws(SimulatedLedgerError) -> SimulatedLedger {
        var ledger = SimulatedLedger(
            descriptor: try Self.descriptor(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC))
        let bytes = try Self.bytes(of: ledger.descriptor)
        let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        if whole < bytes.count, ftruncate(ledger.descriptor, off_t(whole)) != 0 {
            throw SimulatedLedgerError(.write, errorNumber: errno)
        }
        ledger.size = whole
        for entry in try Self.entries(bytes[..<whole]) { body(entry) }
        return ledger
    }

    deinit {
        close(self.descriptor)
    }

    /// Reads a ledger without opening it for writing; a torn last line is left out.
    package static func entries(path: String) throws(SimulatedLedgerError) -> [Entry] {
        let descriptor = try Self.descriptor(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let bytes = try Self.bytes(of: descriptor)
        let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return try Self.entries(bytes[..<whole])
    }

    /// What became of lines that were to be appended.
    enum Appended {
        case durable
        /// The file is as it was.
        case refused
        /// The file may hold some of the lines: nothing may be said about them.
        case unclear
    }

    /// Appends lines and makes them durable.
    mutating func append(_ lines: [UInt8]) -> Appended {
        var written = 0
        while written < lines.count {
            let count = lines.withUnsafeBytes { bytes in
                write(
                    self.descriptor, bytes.baseAddress?.advanced(by: written),
                    bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return self.takeBack() }
            written += count
        }
        guard fsync(self.descriptor) == 0 else { return self.takeBack() }
        self.size += written
        return .durable
    }

    private func takeBack() -> Appended {
        guard ftruncate(self.descriptor, off_t(self.size)) == 0, fsync(self.descriptor) == 0 else {
            return .unclear
        }
        return .refused
    }

    /// One line for `order`.
    static func line(for order: ChargeFacts, verdict: SimulatedVerdict) -> [UInt8] {
        let fields = [
            order.key.description, Self.escaped(order.account), Self.escaped(order.obligation),
            String(order.attempt), Self.text(of: verdict),
        ]
        return Array(fields.joined(separator: " ").utf8) + [0x0A]
    }

    /// What a line is made of.
    struct ChargeFacts {
        var key: GatewayKey
        var account: String
        var obligation: String
        var attempt: UInt32
    }

    static func text(of verdict: SimulatedVerdict) -> String {
        switch verdict {
        case .approved: "approved"
        case .approvedInPart(let minor): "approved:\(minor)"
        case .technical: "technical"
        case .declined(let code): "declined:" + Self.escaped(code)
        }
    }

    static func verdict(of text: String) -> SimulatedVerdict? {
        switch text {
        case "approved": return .approved
        case "technical": return .technical
        default:
            if text.hasPrefix("approved:") {
                return Int64(text.dropFirst("approved:".count)).map { .approvedInPart($0) }
            }
            guard text.hasPrefix("declined:") else { return nil }
            return .declined(Self.unescaped(text.dropFirst("declined:".count)))
        }
    }

    private static func descriptor(
        _ path: String, _ flags: Int32
    ) throws(SimulatedLedgerError) -> Int32 {
        #if canImport(Glibc)
        let descriptor = Glibc.open(path, flags, 0o600)
        #else
        let descriptor = Darwin.open(path, flags, 0o600)
        #endif
        guard descriptor >= 0 else { throw SimulatedLedgerError(.open, errorNumber: errno) }
        return descriptor
    }

    private static func entries(
        _ lines: ArraySlice<UInt8>
    ) throws(SimulatedLedgerError) -> [Entry] {
        var entries: [Entry] = []
        for row in lines.split(separator: 0x0A) {
            guard let entry = Self.entry(row) else {
                throw SimulatedLedgerError(.malformed(line: entries.count + 1), errorNumber: 0)
            }
            entries.append(entry)
        }
        return entries
    }

    private static func bytes(of descriptor: Int32) throws(SimulatedLedgerError) -> [UInt8] {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size >= 0 else { throw SimulatedLedgerError(.read, errorNumber: errno) }
        guard size <= Self.bytesMax else { throw SimulatedLedgerError(.tooLarge, errorNumber: 0) }
        var bytes = [UInt8](repeating: 0, count: size)
        var at = 0
        while at < size {
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: at), size - at, off_t(at))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SimulatedLedgerError(.read, errorNumber: errno) }
            guard count > 0 else { break }
            at += count
        }
        return Array(bytes[..<at])
    }

    private static func entry(_ row: ArraySlice<UInt8>) -> Entry? {
        let fields = row.split(separator: 0x20, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count == 5, let attempt = UInt32(fields[3]),
            Self.verdict(of: fields[4]) != nil
        else { return nil }
        return Entry(
            key: fields[0], account: Self.unescaped(fields[1][...]),
            obligation: Self.unescaped(fields[2][...]), attempt: attempt, verdict: fields[4])
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x25 || $0 == 0x7F }) else {
            return text
        }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            guard byte <= 0x20 || byte == 0x25 || byte == 0x7F else {
                bytes.append(byte)
                continue
            }
            let digits = String(byte, radix: 16)
            bytes.append(contentsOf: "%\(digits.count < 2 ? "0" : "")\(digits)".utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(0x25) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == 0x25, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why the simulated gateway's ledger cannot be used. The gateway does not charge without it.
package struct SimulatedLedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case open
        case read
        case write
        case tooLarge
        /// A whole line that this program did not write; counted from 1.
        case malformed(line: Int)
    }

    package var code: Code
    /// `errno`; 0 when the system reported none.
    package var errorNumber: Int32

    init(_ code: Code, errorNumber: Int32) {
        self.code = code
        self.errorNumber = errorNumber
    }

    package var description: String {
        switch self.code {
        case .open:
            "the simulated gateway's ledger cannot be opened (errno \(self.errorNumber)): check "
                + "that its folder exists and can be written"
        case .read: "the simulated gateway's ledger cannot be read (errno \(self.errorNumber))"
        case .write:
            "the simulated gateway's ledger cannot be written (errno \(self.errorNumber)): free "
                + "space on its disk"
        case .tooLarge: "the simulated gateway's ledger is larger than 1 GiB: start a new one"
        case .malformed(let line):
            "line \(line) of the simulated gateway's ledger is damaged: move the file away"
        }
    }
}
