import ArgumentParser
import DunlinCore

struct CodecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec",
        abstract: "Nanoseconds to write and read snapshots and records.",
        discussion: """
            libprotobuf-c is measured on the same bytes, from and into its own C structs: what it \
            would cost to turn those into Swift values comes on top of its numbers.
            """)

    @Option(help: "Runs a round; the quickest of nine rounds counts.")
    var runs = 200_000

    func run() throws {
        let watch = Stopwatch(runs: self.runs)
        print(Self.row("", "bytes", "swift", "", "protobuf-c", "", "with arena"))
        print(Self.row("", "", "write", "read", "pack", "unpack", "unpack"))
        try Self.measureAccount("account, one open case, five marks", watch)
        for (name, event) in TypicalRecords.events {
            try Self.measureEvent(name, event, watch)
        }
    }

    private static func measureAccount(_ name: String, _ watch: Stopwatch) throws {
        let state = TypicalRecords.account
        let packed = state.packed()
        var buffer: [UInt8] = []
        let write = watch.nanoseconds { state.packed(into: &buffer) }
        let read = try watch.nanoseconds { consume(try AccountState(packed: packed)) }
        let c = try CCodec(.accountSnapshot, bytes: packed).measure(watch)
        Self.printRow(name, packed.count, write, read, c)
    }

    private static func measureEvent(
        _ name: String, _ event: AccountEvent, _ watch: Stopwatch
    ) throws {
        let key = EntityKey(key: "cus_NffrFeUfNV2Hib")
        let recorded = RecordedEvent(
            at: TypicalRecords.now, event: event, isAnnounced: true, eventHash: 0x1234_5678_9ABC)
        let previous = RecordPosition(op: 123_456, index: 77)
        var batch: [UInt8] = []
        batch.reserveCapacity(256 * 1024)
        JournalRecord.append(recorded, of: key, previous: previous, to: &batch)
        let one = batch
        let write = watch.nanoseconds {
            if batch.count > 250_000 { batch.removeAll(keepingCapacity: true) }
            JournalRecord.append(recorded, of: key, previous: previous, to: &batch)
        }
        let read = try watch.nanoseconds { consume(try BatchReader.record(at: 0, in: one)) }
        let c = try CCodec(.batch, bytes: one).measure(watch)
        Self.printRow(name, one.count, write, read, c)
    }

    private static func printRow(
        _ name: String, _ bytes: Int, _ write: Double, _ read: Double, _ c: CCodec.Times
    ) {
        let times = [write, read, c.pack, c.unpack, c.unpackIntoArena].map { "\(Int($0 + 0.5))" }
        print(Self.row(name, "\(bytes)", times[0], times[1], times[2], times[3], times[4]))
    }

    private static func row(_ name: String, _ columns: String...) -> String {
        let padded = columns.map { column in
            String(repeating: " ", count: max(1, 11 - column.count)) + column
        }
        return name + String(repeating: " ", count: max(1, 38 - name.count)) + padded.joined()
    }
}
