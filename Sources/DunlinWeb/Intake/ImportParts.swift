/// Whole rows or lines of a file, readable by themselves.
package struct ImportPart: Sendable, Equatable {
    /// A table's begin with its header.
    package var bytes: [UInt8]
    /// What is added to a line of `bytes` for the line of the file.
    package var linesBefore: Int
}

/// Cuts a file of lines or a table into parts as it is read, so that its size is no matter.
///
/// A table's rows are cut where no quote is open; a quote that is never closed makes a part larger
/// than ``rowBytesMax``, which ends the import.
package struct ImportParts: Sendable {
    /// Bytes of a part, about.
    package static let partBytes = 8 << 20
    /// Longest row, in bytes.
    package static let rowBytesMax = 8 << 20

    /// A row is longer than ``rowBytesMax``.
    package struct RowTooLong: Error, Equatable {
        package var line: Int

        package init(line: Int) {
            self.line = line
        }
    }

    private let isTable: Bool
    private let partBytes: Int
    private let rowBytesMax: Int
    private let source: @Sendable (Int) throws -> [UInt8]
    private var rest: [UInt8] = []
    /// The first row of a table, with its line end; `nil` until it was read.
    private var header: [UInt8]?
    private var headerLines = 0
    /// Lines before `rest`.
    private var lines = 0
    private var isAtEnd = false

    /// `source`: Gives up to so many further bytes; none at the end.
    package init(
        isTable: Bool, partBytes: Int = ImportParts.partBytes,
        rowBytesMax: Int = ImportParts.rowBytesMax,
        source: @escaping @Sendable (Int) throws -> [UInt8]
    ) {
        self.isTable = isTable
        self.partBytes = partBytes
        self.rowBytesMax = rowBytesMax
        self.source = source
    }

    /// The next part; `nil` at the end. Throws ``RowTooLong`` and what the source throws.
    package mutating func next() throws -> ImportPart? {
        var wanted = self.partBytes
        while true {
            while !self.isAtEnd, self.rest.count < wanted {
                let more = try self.source(wanted - self.rest.count)
                if more.isEmpty { self.isAtEnd = true }
                self.rest += more
            }
            guard !self.rest.isEmpty else { return nil }
            if let cut = self.isAtEnd ? self.rest.count : self.lastRowEnd() {
                return self.take(cut)
            }
            guard self.rest.count < self.partBytes + self.rowBytesMax else {
                throw RowTooLong(line: self.lines + 1)
            }
            wanted += self.partBytes
        }
    }

    private mutating func take(_ count: Int) -> ImportPart {
        var bytes = Array(self.rest[..<count])
        self.rest.removeFirst(count)
        var before = self.lines
        self.lines += bytes.count { $0 == 0x0A }
        if self.isTable {
            if let header = self.header {
                before -= self.headerLines
                bytes = header + bytes
            } else {
                let header = Array(bytes[..<(self.firstRowEnd(bytes) ?? bytes.count)])
                self.headerLines = header.count { $0 == 0x0A }
                self.header = header
            }
        }
        return ImportPart(bytes: bytes, linesBefore: before)
    }

    /// Behind the last line end that ends a row; `nil` when there is none.
    private func lastRowEnd() -> Int? {
        guard self.isTable else { return self.rest.lastIndex(of: 0x0A).map { $0 + 1 } }
        var isQuoted = false
        var end: Int?
        for (at, byte) in self.rest.enumerated() {
            if byte == 0x22 { isQuoted.toggle() }
            if byte == 0x0A, !isQuoted { end = at + 1 }
        }
        return end
    }

    private func firstRowEnd(_ bytes: [UInt8]) -> Int? {
        var isQuoted = false
        for (at, byte) in bytes.enumerated() {
            if byte == 0x22 { isQuoted.toggle() }
            if byte == 0x0A, !isQuoted { return at + 1 }
        }
        return nil
    }
}
