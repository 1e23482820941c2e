/// Splits comma-separated values (RFC 4180): quoted cells may hold commas, quotes twice and line
/// ends. Also reads `;` and tab, whichever the header line holds most of.
package struct CSVReader {
    /// One record and the line that it starts on, counted from 1.
    package struct Row: Sendable, Equatable {
        package var line: Int
        package var cells: [String]
    }

    /// Why a text is no table.
    package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        package var line: Int
        package var reason: String

        package var description: String { "line \(self.line): \(self.reason)" }
    }

    /// Every record that is not empty, the header included.
    package static func read(_ bytes: [UInt8]) throws(Failure) -> [Row] {
        var reader = CSVReader(bytes)
        return try reader.rows()
    }

    private let bytes: [UInt8]
    private let separator: UInt8
    private var at: Int
    private var line = 1

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte-order mark is no part of the first header.
        self.at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let header = bytes.prefix { $0 != 0x0A }
        func count(_ byte: UInt8) -> Int { header.filter { $0 == byte }.count }
        let candidates: [UInt8] = [0x2C, 0x3B, 0x09]
        self.separator = candidates.max { count($0) < count($1) } ?? 0x2C
    }

    private mutating func rows() throws(Failure) -> [Row] {
        var rows: [Row] = []
        while self.at < self.bytes.count {
            let start = self.line
            var cells: [String] = []
            cells.reserveCapacity(rows.first?.cells.count ?? 0)
            repeat { cells.append(try self.cell()) } while self.skipSeparator()
            self.skipLineEnd()
            if cells != [""] { rows.append(Row(line: start, cells: cells)) }
        }
        return rows
    }

    private mutating func cell() throws(Failure) -> String {
        let isQuoted = self.at < self.bytes.count && self.bytes[self.at] == 0x22
        guard isQuoted else { return try self.text(self.bytes[self.skipCell()]) }
        var cell: [UInt8] = []
        let start = self.line
        self.at += 1
        while true {
            guard self.at < self.bytes.count else {
                throw Failure(line: start, reason: "a quoted cell is not closed")
            }
            let byte = self.bytes[self.at]
            self.at += 1
            if byte == 0x0A { self.line += 1 }
            guard byte == 0x22 else {
                cell.append(byte)
                continue
            }
            guard self.at < self.bytes.count, self.bytes[self.at] == 0x22 else { break }
            cell.append(0x22)
            self.at += 1
        }
        guard self.skipCell().isEmpty else {
            throw Failure(line: self.line, reason: "something follows a closing quote")
        }
        return try self.text(cell[...])
    }

    /// To the end of a cell without quotes; answers where it stands.
    private mutating func skipCell() -> Range<Int> {
        let start = self.at
        while self.at < self.bytes.count, self.bytes[self.at] != self.separator,
            self.bytes[self.at] != 0x0A, self.bytes[self.at] != 0x0D
        {
            self.at += 1
        }
        return start..<self.at
    }

    private func text(_ cell: ArraySlice<UInt8>) throws(Failure) -> String {
        guard let text = String(validating: cell, as: UTF8.self) else {
            throw Failure(line: self.line, reason: "a cell is not UTF-8; save the file as UTF-8")
        }
        return text
    }

    private mutating func skipSeparator() -> Bool {
        guard self.at < self.bytes.count, self.bytes[self.at] == self.separator else {
            return false
        }
        self.at += 1
        return true
    }

    private mutating func skipLineEnd() {
        if self.at < self.bytes.count, self.bytes[self.at] == 0x0D { self.at += 1 }
        if self.at < self.bytes.count, self.bytes[self.at] == 0x0A { self.at += 1 }
        self.line += 1
    }
}
