import DunlinCore

/// A compiled time zone as the IANA database installs it.
///
/// Format: RFC 8536, <https://www.rfc-editor.org/rfc/rfc8536>. Versions 1 to 4 are read; files
/// with leap seconds (the `right` tree) are refused, since domain time has none.
struct ZoneInformationFile {
    /// Why a file cannot be used.
    enum Problem: Error, Equatable {
        case notZoneInformation
        case truncated
        case leapSeconds
        case inconsistent
        case footer

        var message: String {
            switch self {
            case .notZoneInformation: "it does not begin as a TZif file"
            case .truncated: "it ends too early"
            case .leapSeconds: "it counts leap seconds"
            case .inconsistent: "its counts or indexes contradict each other"
            case .footer: "its footer is no time zone rule"
            }
        }
    }

    /// Largest file that is read, in bytes; real ones have at most a few thousand.
    static let bytesMax = 1 << 18

    private(set) var initialOffsetS: Int64 = 0
    /// In the order of time, seconds since the Unix epoch.
    private(set) var transitions: [(atS: Int64, offsetS: Int64)] = []
    /// What holds after the last transition; `nil` when the file says nothing.
    private(set) var rule: ZoneRule?

    init(_ bytes: [UInt8]) throws(Problem) {
        var reader = ByteReader(bytes: bytes)
        let first = try Header(&reader)
        if first.version == 0 {
            try self.readBody(first, wide: false, &reader)
            return
        }
        // The first body is the same data cut to 32 bits.
        try reader.skip(first.bodyLength(timeWidth: 4))
        try self.readBody(try Header(&reader), wide: true, &reader)
        try self.readFooter(&reader)
    }

    private struct Header {
        let version: UInt8
        let utcFlags: Int
        let standardFlags: Int
        let leaps: Int
        let times: Int
        let types: Int
        let characters: Int

        init(_ reader: inout ByteReader) throws(Problem) {
            for expected in [0x54, 0x5A, 0x69, 0x66] as [UInt8] {
                guard try reader.byte() == expected else { throw .notZoneInformation }
            }
            self.version = try reader.byte()
            try reader.skip(15)
            self.utcFlags = try reader.count()
            self.standardFlags = try reader.count()
            self.leaps = try reader.count()
            self.times = try reader.count()
            self.types = try reader.count()
            self.characters = try reader.count()
            guard self.types > 0, self.types <= 256 else { throw .inconsistent }
            guard self.leaps == 0 else { throw .leapSeconds }
        }

        func bodyLength(timeWidth: Int) -> Int {
            self.times * (timeWidth + 1) + self.types * 6 + self.characters
                + self.standardFlags + self.utcFlags
        }
    }

    private mutating func readBody(
        _ header: Header, wide: Bool, _ reader: inout ByteReader
    ) throws(Problem) {
        var times: [Int64] = []
        for _ in 0..<header.times {
            let time = wide ? try reader.signed64() : Int64(try reader.signed32())
            guard times.last.map({ $0 < time }) ?? true else { throw .inconsistent }
            times.append(time)
        }
        var indexes: [Int] = []
        for _ in 0..<header.times { indexes.append(Int(try reader.byte())) }
        var offsets: [Int64] = []
        for _ in 0..<header.types {
            let offset = Int64(try reader.signed32())
            guard abs(offset) <= 26 * 3600 else { throw .inconsistent }
            offsets.append(offset)
            try reader.skip(2)
        }
        try reader.skip(header.characters + header.standardFlags + header.utcFlags)
        self.initialOffsetS = offsets[0]
        for (time, index) in zip(times, indexes) {
            guard index < offsets.count else { throw .inconsistent }
            self.transitions.append((time, offsets[index]))
        }
    }

    private mutating func readFooter(_ reader: inout ByteReader) throws(Problem) {
        guard try reader.byte() == 0x0A else { throw .inconsistent }
        let text = reader.rest.prefix { $0 != 0x0A }
        guard text.count < reader.rest.count else { throw .truncated }
        guard !text.isEmpty else { return }
        guard let rule = ZoneRule(Array(text)) else { throw .footer }
        self.rule = rule
    }
}

/// Big-endian numbers from bytes, one after another.
private struct ByteReader {
    private let bytes: [UInt8]
    private var at = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var rest: ArraySlice<UInt8> { self.bytes[self.at...] }

    mutating func skip(_ count: Int) throws(ZoneInformationFile.Problem) {
        guard count <= self.bytes.count - self.at else { throw .truncated }
        self.at += count
    }

    mutating func byte() throws(ZoneInformationFile.Problem) -> UInt8 {
        guard self.at < self.bytes.count else { throw .truncated }
        self.at += 1
        return self.bytes[self.at - 1]
    }

    /// A count of things that take a byte at least: more than there are bytes is never true.
    mutating func count() throws(ZoneInformationFile.Problem) -> Int {
        let count = Int(UInt32(bitPattern: try self.signed32()))
        guard count <= self.bytes.count else { throw .truncated }
        return count
    }

    mutating func signed32() throws(ZoneInformationFile.Problem) -> Int32 {
        var value: UInt32 = 0
        for _ in 0..<4 { value = value << 8 | UInt32(try self.byte()) }
        return Int32(bitPattern: value)
    }

    mutating func signed64() throws(ZoneInformationFile.Problem) -> Int64 {
        var value: UInt64 = 0
        for _ in 0..<8 { value = value << 8 | UInt64(try self.byte()) }
        return Int64(bitPattern: value)
    }
}
