import DunlinPorts
import Foundation

/// The file `suspect` of a data directory: a write of the journal failed, so nobody can tell what of
/// the last writes is on the disk.
///
/// Linux keeps the pages of a failed sync as if they were written (P. Rebello and others, Can
/// Applications Recover from fsync Failures?, USENIX ATC 2020): the next process reads them, and the
/// next power cut takes them. So the mark is not synced either: it lives as long as they do. What is
/// read is made durable by writing it elsewhere, the write-ahead logs into their databases, before
/// anything is promised on it.
struct SuspectMark: Sendable {
    private let path: String

    init(directory: String) {
        self.path = directory + "/suspect"
    }

    var isThere: Bool { FileManager.default.fileExists(atPath: self.path) }

    /// Where even this fails the next process finds a journal that does not open, or none of what
    /// was lost.
    func leave(_ error: StoreError) {
        let file = open(self.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let text = Array("\(error)\n".utf8)
        _ = write(file, text, text.count)
        close(file)
    }

    func remove() { unlink(self.path) }
}
