import DunlinPorts
import GRDB
import GRDBSQLite

/// SQLite's own functions on a GRDB statement: values are bound in place and not copied.
///
/// Whoever binds text or bytes must step and reset within the closure that lends them.
extension Statement {
    @inline(__always)
    func bind(_ value: Int64, at index: Int32) {
        sqlite3_bind_int64(self.sqliteStatement, index, value)
    }

    @inline(__always)
    func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
        // A nil pointer would bind NULL.
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            sqlite3_bind_zeroblob(self.sqliteStatement, index, 0)
            return
        }
        sqlite3_bind_blob64(self.sqliteStatement, index, base, UInt64(bytes.count), nil)
    }

    @inline(__always)
    func bind(text: UnsafeBufferPointer<UInt8>, at index: Int32) {
        guard let base = text.baseAddress, !text.isEmpty else {
            sqlite3_bind_text(self.sqliteStatement, index, "", 0, nil)
            return
        }
        base.withMemoryRebound(to: CChar.self, capacity: text.count) {
            _ = sqlite3_bind_text(self.sqliteStatement, index, $0, Int32(text.count), nil)
        }
    }

    @inline(__always)
    func bindNull(at index: Int32) {
        sqlite3_bind_null(self.sqliteStatement, index)
    }

    /// Runs a statement that returns no row, and readies it to run again.
    @inline(__always)
    func run(_ operation: StaticString) throws(StoreError) {
        let code = sqlite3_step(self.sqliteStatement)
        guard code == SQLITE_DONE else { throw self.failure(operation) }
        sqlite3_reset(self.sqliteStatement)
    }

    /// Steps to the next row; false, and ready to run again, after the last.
    @inline(__always)
    func next(_ operation: StaticString) throws(StoreError) -> Bool {
        switch sqlite3_step(self.sqliteStatement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(self.sqliteStatement)
            return false
        default: throw self.failure(operation)
        }
    }

    func reset() {
        sqlite3_reset(self.sqliteStatement)
    }

    @inline(__always)
    func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(self.sqliteStatement, column)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(self.sqliteStatement, column))
        guard count > 0, let base = sqlite3_column_blob(self.sqliteStatement, column) else {
            return []
        }
        return [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Text that a person or a damaged file may have put there: repaired, never trapped on.
    func text(_ column: Int32) -> String {
        String(decoding: self.bytes(column), as: UTF8.self)
    }

    private func failure(_ operation: StaticString) -> StoreError {
        let connection = sqlite3_db_handle(self.sqliteStatement)
        let code = sqlite3_extended_errcode(connection)
        sqlite3_reset(self.sqliteStatement)
        return StoreError(sqliteCode: code, operation: "\(operation)")
    }
}
