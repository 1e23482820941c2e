package import DunlinPorts
import GRDB
import GRDBSQLite

extension StoreError {
    /// Sorts one of SQLite's extended result codes, <https://www.sqlite.org/rescode.html>.
    package init(sqliteCode: Int32, operation: String) {
        let code: Code =
            switch sqliteCode & 0xFF {
            // An interrupted reader held back the journal; asking again is safe.
            case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_INTERRUPT: .busy
            case SQLITE_FULL: .full
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            default: .failed
            }
        self.init(code, operation: operation, nativeCode: sqliteCode)
    }

    /// Sorts whatever GRDB threw. Its message and SQL are left behind: they may hold values.
    init(_ error: any Error, operation: String) {
        if let known = error as? StoreError {
            self = known
        } else if let database = error as? DatabaseError {
            self.init(
                sqliteCode: database.extendedResultCode.rawValue, operation: operation)
        } else {
            self.init(.failed, operation: operation)
        }
    }

    /// After this the files may not be trusted to keep what they are given: the process must stop
    /// and start again as suspect. An fsync that failed once may succeed the next time although
    /// the pages are gone, so it is never repeated.
    var isFatal: Bool {
        switch self.nativeCode & 0xFF {
        case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN: true
        default: false
        }
    }
}
