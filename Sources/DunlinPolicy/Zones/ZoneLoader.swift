package import DunlinCore
import Foundation

/// Reads the machine's time zone database into values, once, when a bundle is made.
///
/// Names that are links (`Asia/Calcutta`) are kept, since billing systems use them; zones whose
/// clocks always agree share one table in memory.
package enum ZoneLoader {
    /// Where Debian, Alpine and most others install it.
    package static let systemDirectory = "/usr/share/zoneinfo"
    /// Transitions before this instant are folded into the initial offset: no case is older.
    package static let historyFrom = Timestamp(ms: 946_684_800_000)
    /// Rules are spelled out into transitions to the end of this year.
    package static let lastYear: Int64 = 2045
    /// Most files that are looked at.
    package static let filesMax = 8192

    /// The zones and where they come from.
    package struct Loaded: Sendable {
        package var catalog: ZoneCatalog
        /// The database's release: `2026a`. Empty when the directory does not say.
        package var version: String
    }

    /// Why no zones could be read.
    package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// What was wrong, where, and what to do.
        package var message: String

        package var description: String { self.message }
    }

    /// Reads every zone below `directory`. Files that are none are passed over; a zone file that
    /// is damaged fails the whole.
    package static func load(
        directory: String = ZoneLoader.systemDirectory
    ) throws(Failure) -> Loaded {
        let names = try Self.names(in: directory)
        var zones: [String: ZoneTable] = ["UTC": .utc]
        var tables: [[UInt8]: ZoneTable] = [:]
        var shared: [ZoneShape: ZoneTable] = [:]
        for name in names {
            guard let bytes = Self.read("\(directory)/\(name)"), bytes.starts(with: Self.magic)
            else { continue }
            if let known = tables[bytes] {
                zones[name] = known.renamed(name)
                continue
            }
            let table: ZoneTable
            do {
                table = try Self.table(name: name, bytes: bytes)
            } catch {
                throw Failure(
                    message: "The time zone file \(directory)/\(name) cannot be used: "
                        + "\(error.message). Reinstall the package tzdata.")
            }
            let one = shared[ZoneShape(table)] ?? table
            shared[ZoneShape(table)] = one
            tables[bytes] = one
            zones[name] = one.renamed(name)
        }
        guard zones.count > 1 else {
            throw Failure(
                message: "No time zones were found in \(directory). Install the package tzdata, or "
                    + "give the directory where its compiled files are.")
        }
        return Loaded(
            catalog: ZoneCatalog(zones: zones), version: Self.version(of: directory))
    }

    private static let magic: [UInt8] = [0x54, 0x5A, 0x69, 0x66]

    /// Paths of what may be zones: names that begin with a capital, outside the trees that repeat
    /// them. Sorted.
    private static func names(in directory: String) throws(Failure) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: directory) else {
            throw Failure(
                message: "The time zone directory \(directory) cannot be read. Install the package "
                    + "tzdata, or give the directory where its compiled files are.")
        }
        var names: [String] = []
        for case let path as String in walk {
            guard let first = path.utf8.first, (0x41...0x5A).contains(first) else {
                walk.skipDescendants()
                continue
            }
            names.append(path)
            guard names.count <= Self.filesMax else {
                throw Failure(
                    message: "The time zone directory \(directory) has more than \(Self.filesMax) "
                        + "files. Give a directory that holds nothing else.")
            }
        }
        return names.sorted()
    }

    /// The bytes of a regular file of a zone's size, else `nil`.
    private static func read(_ path: String) -> [UInt8]? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: ZoneInformationFile.bytesMax + 1),
            data.count <= ZoneInformationFile.bytesMax
        else { return nil }
        return Array(data)
    }

    /// The first line of `tzdata.zi` is `# version 2026a`.
    private static func version(of directory: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: "\(directory)/tzdata.zi") else { return "" }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: 64) else { return "" }
        let line = String(decoding: data.prefix { $0 != 0x0A }, as: UTF8.self)
        let prefix = "# version "
        return line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : ""
    }

    /// One zone file as a table.
    static func table(
        name: String, bytes: [UInt8]
    ) throws(ZoneInformationFile.Problem) -> ZoneTable {
        let file = try ZoneInformationFile(bytes)
        let from = Self.historyFrom.ms / 1000
        let until = CivilTime(year: Self.lastYear + 1, month: 1, day: 1).utc.ms / 1000
        var all = file.transitions
        let last = all.last?.atS ?? from - 1
        if let rule = file.rule, last < until {
            // The year of the last transition may have further changes by the rule.
            let lastYear = CivilTime(utc: Timestamp(ms: max(last, from) * 1000)).year
            for year in lastYear...Self.lastYear {
                all += rule.transitions(inYear: year).filter { $0.atS > last }
            }
            if all.isEmpty { all = [(from, rule.standardOffsetS)] }
        }
        var offset = file.initialOffsetS
        var initial = offset
        var transitions: [ZoneTable.Transition] = []
        for transition in all where transition.atS < until {
            if transition.atS <= from {
                initial = transition.offsetS
            } else if transition.offsetS != offset {
                transitions.append(
                    .init(
                        at: Timestamp(ms: transition.atS * 1000),
                        offsetMs: transition.offsetS * 1000))
            }
            offset = transition.offsetS
        }
        return ZoneTable(name: name, initialOffsetMs: initial * 1000, transitions: transitions)
    }
}

extension ZoneTable {
    /// The same table, shared, under another name.
    fileprivate func renamed(_ name: String) -> ZoneTable {
        var table = self
        table.name = name
        return table
    }
}
