import DunlinNode
import Foundation
import Logging

/// Log lines on stderr: `2026-01-01T00:00:00Z notice dunlin.node: ready key=value`, or JSON.
struct StderrLog: LogHandler {
    let label: String
    var logLevel: Logger.Level
    let isJSON: Bool
    var metadata: Logger.Metadata = [:]

    init(label: String, level: Logger.Level, isJSON: Bool) {
        self.label = label
        self.logLevel = level
        self.isJSON = isJSON
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let now = WallClock().now()
        if self.isJSON {
            var object = ["at": "\(now)", "level": "\(event.level)", "label": self.label]
            object["message"] = "\(event.message)"
            for (key, value) in all { object["meta.\(key)"] = "\(value)" }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line = (try? encoder.encode(object)) ?? Data()
            FileHandle.standardError.write(line + Data("\n".utf8))
            return
        }
        let tail = all.map { " \($0.key)=\($0.value)" }.joined()
        FileHandle.standardError.write(
            Data("\(now) \(event.level) \(self.label): \(event.message)\(tail)\n".utf8))
    }
}
