import DunlinWeb
import Foundation

/// The two streams of a command: answers go to stdout, everything else to stderr.
enum Console {
    /// stdout is a terminal and nobody asked for plain text (<https://no-color.org>).
    static let hasColours =
        isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    static func write(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
        } catch {
            // Whoever read has gone, as `head` does: there is nobody to tell.
            exit(0)
        }
    }

    static func write(_ value: JSONValue) { self.write(value.prettyText) }

    static func write(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        self.write(lines.joined(separator: "\n"))
    }

    /// Progress and remarks.
    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// A file in parts, as they are asked for; `-` reads stdin.
    static func parts(_ path: String, isTable: Bool) throws(Failure) -> ImportParts {
        do {
            let handle =
                path == "-"
                ? FileHandle.standardInput
                : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            return ImportParts(isTable: isTable) { count in
                Array(try handle.read(upToCount: count) ?? Data())
            }
        } catch {
            throw Failure("\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    /// A file's bytes, or a ``Failure`` that says what to do.
    ///
    /// `-` reads stdin.
    static func read(_ path: String, bytesMax: Int) throws(Failure) -> [UInt8] {
        do {
            let handle =
                path == "-"
                ? FileHandle.standardInput
                : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let bytes = try handle.read(upToCount: bytesMax + 1) ?? Data()
            guard bytes.count <= bytesMax else {
                throw Failure("\(path) is larger than \(bytesMax) bytes; split it.")
            }
            return Array(bytes)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}

/// Emphasis on a terminal; plain text elsewhere.
enum Colour: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case faint = "2"
    case bold = "1"

    func callAsFunction(_ text: String) -> String {
        Console.hasColours ? "\u{1B}[\(self.rawValue)m\(text)\u{1B}[0m" : text
    }
}
