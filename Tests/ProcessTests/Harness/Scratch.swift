import Foundation
import Synchronization

/// A folder of its own for one test, gone afterwards unless the test failed.
struct Scratch: Sendable {
    let path: String

    private static let count = Atomic<Int>(0)

    static func with<Result>(_ body: (Scratch) async throws -> Result) async throws -> Result {
        let scratch = try Self.make()
        let result = try await body(scratch)
        try scratch.remove()
        return result
    }

    static func make() throws -> Scratch {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        let path = "\(NSTemporaryDirectory())/dunlin-process-\(getpid())-\(number)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return Scratch(path: path)
    }

    func remove() throws {
        try FileManager.default.removeItem(atPath: self.path)
    }

    func file(_ name: String) -> String { "\(self.path)/\(name)" }

    /// Writes a text file and answers its path.
    func write(_ name: String, _ text: String) throws -> String {
        let path = self.file(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// The text of a file; empty while there is none. Bytes that are no UTF-8 are replaced.
func contents(ofFile path: String) -> String {
    guard let bytes = FileManager.default.contents(atPath: path) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
}
