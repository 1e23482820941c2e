import Foundation
import Synchronization

/// Keeps a second process out of a data directory, by an advisory lock on the file `lock`.
///
/// The system drops the lock when the process ends, however it ends; the process id in the file
/// is for the person who meets it.
final class DirectoryLock: Sendable {
    /// -1 once it is released.
    private let descriptor: Mutex<Int32>

    init(directory: String) throws(DirectoryError) {
        let path = directory + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DirectoryError(
                errno == ENOSPC ? .full : .inaccessible,
                """
                \(path): cannot be opened (\(String(cString: strerror(errno)))). Check that the \
                directory belongs to this user and its disk has space.
                """)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.holder(descriptor)
            close(descriptor)
            throw DirectoryError(
                .inUse,
                """
                \(directory): in use by \(holder). Stop it first, or name another directory with \
                --data.
                """)
        }
        let text = "\(getpid())\n"
        // A note only: the lock holds without it, on a full disk too.
        _ = ftruncate(descriptor, 0)
        _ = text.utf8CString.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count - 1, 0) }
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        self.release()
    }

    /// Lets another process in.
    func release() {
        self.descriptor.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { $0 >= 0x30 && $0 <= 0x39 }
        return digits.isEmpty
            ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
    }
}
