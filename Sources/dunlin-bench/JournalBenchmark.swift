import Dispatch
import DunlinCore
import DunlinPorts
import DunlinStore
import Foundation
import Synchronization

/// The journal alone, with the same bytes as ``RawAppendBenchmark``: what queue, thread, order
/// check, completions and checkpoints add to SQLite.
struct JournalBenchmark {
    let setting: RawAppendBenchmark.Setting

    /// Appends from the calling thread with at most `batchesPerCommit` batches unanswered.
    func run() throws -> RawAppendBenchmark.Figures {
        let path = self.setting.directory + "/journal-bench"
        try? FileManager.default.removeItem(atPath: path)
        let directory = try DataDirectory(
            path: path,
            creating: DirectoryIdentity(
                origin: ClusterOrigin(cluster: 1, generation: 1), shardCount: 256, level: 1)
        ) { _ in exit(1) }
        defer {
            try? directory.close()
            try? FileManager.default.removeItem(atPath: path)
        }

        let total = self.setting.transitions * self.setting.bytesPerTransition
        let batches = max(1, (total + self.setting.batchBytes - 1) / self.setting.batchBytes)
        let records = (0..<self.setting.batchBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let hash = [UInt8](repeating: 7, count: 32)
        let room = DispatchSemaphore(value: self.setting.batchesPerCommit)
        let failure = Mutex<StoreError?>(nil)
        let start = (ContinuousClock.now, processCPUSeconds())
        for index in 0..<batches {
            room.wait()
            let batch = JournalBatch(
                shard: UInt32(index % self.setting.shards),
                op: UInt64(index / self.setting.shards + 1), epoch: 1, hash: hash,
                records: records)
            directory.journal.append(batch) { result in
                if case .failure(let error) = result { failure.withLock { $0 = error } }
                room.signal()
            }
        }
        for _ in 0..<self.setting.batchesPerCommit { room.wait() }
        let wall = ContinuousClock.now - start.0
        for _ in 0..<self.setting.batchesPerCommit { room.signal() }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return RawAppendBenchmark.Figures(
            transitions: self.setting.transitions, bytes: batches * self.setting.batchBytes,
            wallSeconds: wall / .seconds(1), cpuSeconds: processCPUSeconds() - start.1)
    }
}

/// User and system time of the whole process so far.
func processCPUSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
    }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
