import CDunlinProto
import CProtobufC
import DunlinCore
import DunlinTesting
import Foundation
import Testing

/// The codec in DunlinCore against the code that protoc-c generates from `proto/`.
@Suite("Records and snapshots as libprotobuf-c reads and writes them")
struct RecordConformanceTests {
    @Test("libprotobuf-c knows every field of an account and writes the same bytes")
    func accounts() throws {
        for seed in 0..<500 as Range<UInt64> {
            var generator = RecordGenerator(seed: seed)
            let packed = generator.account().packed()
            try Self.expectSameBytes(packed, as: Schema.accountSnapshot)
        }
    }

    @Test("libprotobuf-c knows every field of a tenant and writes the same bytes")
    func tenants() throws {
        for seed in 0..<100 as Range<UInt64> {
            var generator = RecordGenerator(seed: seed)
            try Self.expectSameBytes(generator.tenant().packed(), as: Schema.tenantSnapshot)
        }
    }

    @Test(
        "libprotobuf-c knows every field of a record and writes the same bytes",
        arguments: EventKind.allCases)
    func records(kind: EventKind) throws {
        var generator = RecordGenerator(seed: UInt64(kind.rawValue))
        for _ in 0..<500 {
            var batch: [UInt8] = []
            generator.record(of: kind).append(to: &batch)
            try Self.expectSameBytes(batch, as: Schema.batch)
        }
    }

    /// `proto/vectors/records.txt` is written anew when `DUNLIN_WRITE_VECTORS` is set. Lines that
    /// exist may change only together with the level.
    @Test("every field has its name, its number and its bytes of level 1")
    func fullRecords() throws {
        let path = URL(filePath: #filePath).appending(path: "../../../../proto/vectors/records.txt")
            .standardized
        let actual = try Self.transcript()
        if ProcessInfo.processInfo.environment["DUNLIN_WRITE_VECTORS"] != nil {
            try actual.write(to: path, atomically: true, encoding: .utf8)
        }
        let vectors = try String(contentsOf: path, encoding: .utf8)
        let difference = zip(
            vectors.split(separator: "\n"), actual.split(separator: "\n")
        ).first { $0 != $1 }
        #expect(difference == nil)
        #expect(vectors == actual)
    }

    @Test("every kind of event is among the full records")
    func fullRecordsAreComplete() {
        #expect(FullRecords.records.map(\.kind) == EventKind.allCases)
    }

    @Test("what libprotobuf-c fills in by name is read")
    func recordFromC() throws {
        var intended = Dunlin__V1__AttemptIntended()
        dunlin__v1__attempt_intended__init(&intended)
        (intended.has_case_number, intended.case_number) = (1, 11)
        (intended.has_key_high, intended.key_high) = (1, 13)
        (intended.has_amount_minor, intended.amount_minor) = (1, -16)
        (intended.has_currency, intended.currency) = (1, Currency.eur.packed)
        (intended.has_reason, intended.reason) = (1, DUNLIN__V1__PLAN_REASON__PLAN_REASON_BUDGET)
        var permit: [UInt32] = [21, 22, 23]
        var key = Array("cus_1".utf8CString)
        let packed = withUnsafeMutablePointer(to: &intended) { intended in
            permit.withUnsafeMutableBufferPointer { permit in
                key.withUnsafeMutableBufferPointer { key in
                    intended.pointee.n_permit = permit.count
                    intended.pointee.permit = permit.baseAddress
                    var record = Dunlin__V1__Record()
                    dunlin__v1__record__init(&record)
                    (record.has_kind, record.kind) =
                        (1, DUNLIN__V1__EVENT_KIND__EVENT_KIND_ATTEMPT_INTENDED)
                    record.key = key.baseAddress
                    (record.has_at_ms, record.at_ms) = (1, 3)
                    (record.has_announced, record.announced) = (1, 0)
                    record.attempt_intended = intended
                    var bytes = [UInt8](
                        repeating: 0, count: dunlin__v1__record__get_packed_size(&record))
                    dunlin__v1__record__pack(&record, &bytes)
                    return bytes
                }
            }
        }
        let read = try BatchReader.record(at: 0, in: [0x0A, UInt8(packed.count)] + packed)
        let expected = AttemptIntended(
            caseNumber: 11, attempt: 0, key: GatewayKey(high: 13, low: 0), method: 0,
            amountMinor: -16, currency: .eur, reason: .budget,
            permit: Permit(rulesVersion: 0, lines: [Permit.Line(rule: 21, used: 22, cap: 23)]),
            realAt: Timestamp(ms: 0))
        #expect(
            read
                == JournalRecord(
                    key: EntityKey(key: "cus_1"), previous: .none,
                    content: .account(
                        RecordedEvent(at: Timestamp(ms: 3), event: .attemptIntended(expected)))))
    }

    @Test("bytes with flipped bits trap neither side, and what both read is the same")
    func flippedBits() throws {
        for seed in 0..<200 as Range<UInt64> {
            var generator = RecordGenerator(seed: seed)
            var packed = generator.account().packed()
            for _ in 0..<20 where !packed.isEmpty {
                let at = Int(generator.random.next() % UInt64(packed.count))
                packed[at] ^= 1 << UInt8(generator.random.next() % 8)
                guard let state = try? AccountState(packed: packed) else { continue }
                // libprotobuf-c takes whatever the codec takes; unset and zero become one.
                let message = try #require(CMessage(packed, as: Schema.accountSnapshot))
                defer { message.free() }
                if try AccountState(packed: message.packed) != state {
                    // For C a text ends at its zero byte.
                    #expect("\(state)".contains(#"\0"#))
                }
            }
        }
    }

    private static func expectSameBytes(
        _ bytes: [UInt8], as descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) throws {
        let message = try #require(CMessage(bytes, as: descriptor))
        defer { message.free() }
        #expect(message.unknownFields == 0)
        #expect(message.packed == bytes)
    }

    /// All full records as text and bytes.
    private static func transcript() throws -> String {
        var lines = [
            "# Messages of level 1 with every field set: as text and, after >, as bytes in hex.",
            "# Events are dunlin.v1.Batch with one record each.",
            "",
        ]
        func add(
            _ title: String, _ bytes: [UInt8],
            as descriptor: UnsafePointer<ProtobufCMessageDescriptor>
        ) throws {
            let message = try #require(CMessage(bytes, as: descriptor))
            defer { message.free() }
            lines += ["# \(title)", message.text]
            let digits = bytes.map { String(format: "%02x", $0) }
            for start in stride(from: 0, to: digits.count, by: 40) {
                lines.append("> " + digits[start..<min(start + 40, digits.count)].joined())
            }
            lines.append("")
        }
        try add("account", FullRecords.account.packed(), as: Schema.accountSnapshot)
        try add("tenant", FullRecords.tenant.packed(), as: Schema.tenantSnapshot)
        for record in FullRecords.records {
            var batch: [UInt8] = []
            record.append(to: &batch)
            try add(record.kind.name, batch, as: Schema.batch)
        }
        return lines.joined(separator: "\n")
    }
}
