import DunlinCore
import DunlinTesting

extension Subject {
    /// What lies on disk: snapshots and journal batches.
    static func records() throws -> [Subject] {
        var batch: [UInt8] = []
        for entry in Samples.timeline.entries {
            JournalRecord.append(entry.record, of: Samples.key, previous: .none, to: &batch)
        }
        return [
            .codec(
                "account snapshot", [Samples.view.state.packed(), AccountState().packed()],
                decode: { try AccountState(packed: $0) }, encode: { $0.packed() }),
            .codec(
                "tenant snapshot", [Samples.tenantState.packed()],
                decode: { try TenantState(packed: $0) }, encode: { $0.packed() }),
            .codec(
                "batch", [batch],
                decode: { bytes in
                    var reader = BatchReader(bytes)
                    var records: [JournalRecord] = []
                    while let record = try reader.next() { records.append(record) }
                    return records
                },
                encode: { records in
                    var bytes: [UInt8] = []
                    for record in records { record.append(to: &bytes) }
                    return bytes
                }),
        ]
    }
}
