import DunlinPorts

/// Why a data directory could not be opened, for the person who asked for it.
package struct DirectoryError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another process has it open.
        case inUse
        /// It cannot be created, read or written by this user.
        case inaccessible
        /// The disk is full.
        case full
        /// Another program's, or written by another version.
        case incompatible
        /// It was made for another number of shards.
        case shardCountMismatch
        /// The journal is there and the sealing keys are not.
        case keysMissing
        /// There is no journal, and none may be created.
        case absent
        /// A file is damaged.
        case corrupt
    }

    package var code: Code
    /// What was wrong, where, and what to do.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: StoreError, file: String) {
        switch error.code {
        case .full:
            self.init(
                .full, "\(file): the disk is full. Free some space, then start again.")
        case .corrupt:
            self.init(
                .corrupt,
                """
                \(file): the file is damaged (SQLite code \(error.nativeCode)). Do not start this \
                directory again: keep a copy, run `dunlin verify --data` on it, and restore.
                """)
        case .incompatible:
            self.init(
                .incompatible,
                """
                \(file): not a file of this program, or written by another version of it. Start \
                the version that wrote it, or name another directory.
                """)
        case .busy:
            self.init(
                .inUse,
                "\(file): another program has it locked. Close it, then start again.")
        case .failed:
            self.init(
                .inaccessible,
                """
                \(file): cannot be opened for reading and writing (SQLite code \
                \(error.nativeCode)). Check that the directory exists and belongs to this user.
                """)
        }
    }

    package var description: String { self.message }
}
