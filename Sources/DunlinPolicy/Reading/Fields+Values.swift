import DunlinCore
import Yams

extension Fields {
    /// A length of time within bounds; `fallback` when it is not given or, after a finding, when
    /// it is wrong.
    func duration(
        _ key: String, default fallback: Int64,
        in bounds: ClosedRange<Int64> = 0...DurationText.msMax
    ) -> Int64 {
        guard let node = self.node(key) else { return fallback }
        return self.duration(node, path: self.path(key), in: bounds) ?? fallback
    }

    func duration(
        _ node: Node, path: String, in bounds: ClosedRange<Int64> = 0...DurationText.msMax
    ) -> Int64? {
        guard let text = self.scalar(node, path: path) else { return nil }
        guard let ms = DurationText.milliseconds(text) else {
            self.log.error(
                path, at: node.position, "`\(shown(text))` is not a length of time",
                remedy:
                    "Write days, hours, minutes or seconds as `3d`, `36h`, `15m`, `90s` (at most 400d)"
            )
            return nil
        }
        guard bounds.contains(ms) else {
            let low = DurationText.text(ms: bounds.lowerBound)
            let high = DurationText.text(ms: bounds.upperBound)
            self.log.error(
                path, at: node.position, "`\(shown(text))` is out of bounds",
                remedy: "Give a length from \(low) to \(high)")
            return nil
        }
        return ms
    }

    /// A whole number within bounds.
    func count(_ key: String, default fallback: UInt32, in bounds: ClosedRange<UInt32>) -> UInt32 {
        guard let node = self.node(key) else { return fallback }
        return self.count(node, path: self.path(key), in: bounds) ?? fallback
    }

    func count(_ node: Node, path: String, in bounds: ClosedRange<UInt32>) -> UInt32? {
        guard let text = self.scalar(node, path: path) else { return nil }
        guard text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt32(text),
            bounds.contains(number)
        else {
            self.log.error(
                path, at: node.position,
                "`\(shown(text))` is not a whole number that is allowed here",
                remedy: "Give a number from \(bounds.lowerBound) to \(bounds.upperBound)")
            return nil
        }
        return number
    }

    func flag(_ key: String, default fallback: Bool) -> Bool {
        guard let node = self.node(key), let text = self.text(key, of: node) else {
            return fallback
        }
        switch text {
        case "true": return true
        case "false": return false
        default:
            self.log.error(
                self.path(key), at: node.position, "`\(shown(text))` is neither true nor false",
                remedy: "Write `true` or `false`")
            return fallback
        }
    }

    /// One of a set of named values.
    func choice<Value>(
        _ node: Node, path: String, of known: [String], what: String, read: (String) -> Value?
    ) -> Value? {
        guard let text = self.scalar(node, path: path) else { return nil }
        if let value = read(text) { return value }
        self.log.error(
            path, at: node.position, "`\(shown(text))` is none of the \(what)",
            remedy: nearest(text, of: known, what: what))
        return nil
    }

    /// A list of decline classes without repeats.
    func classes(_ key: String) -> [DeclineClass] {
        var classes: [DeclineClass] = []
        for item in self.items(key, max: DeclineClass.allCases.count) ?? [] {
            guard let declineClass = self.declineClass(item.node, path: item.path) else { continue }
            guard !classes.contains(declineClass) else {
                self.log.error(
                    item.path, "`\(declineClass.name)` is listed more than once",
                    remedy: "Keep one of them")
                continue
            }
            classes.append(declineClass)
        }
        return classes
    }

    func declineClass(_ node: Node, path: String) -> DeclineClass? {
        self.choice(
            node, path: path, of: DeclineClass.allCases.map(\.name), what: "decline classes",
            read: DeclineClass.init(name:))
    }

    func channel(_ node: Node, path: String) -> Channel? {
        self.choice(
            node, path: path, of: Channel.allCases.map(\.name), what: "channels",
            read: Channel.init(name:))
    }

    /// A list of channels without repeats, not empty.
    func channels(_ key: String) -> [Channel] {
        var channels: [Channel] = []
        guard let items = self.items(key, max: Channel.allCases.count) else { return [] }
        if items.isEmpty {
            self.log.error(
                self.path(key), "the list names no channel",
                remedy: "Name one, the preferred one first")
        }
        for item in items {
            guard let channel = self.channel(item.node, path: item.path) else { continue }
            guard !channels.contains(channel) else {
                self.log.error(
                    item.path, "`\(channel.name)` is listed more than once",
                    remedy: "Keep one of them")
                continue
            }
            channels.append(channel)
        }
        return channels
    }

    /// `08:00-20:00` as minutes since midnight.
    func dayWindow(_ node: Node, path: String) -> Range<Int64>? {
        guard let text = self.scalar(node, path: path) else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(minutes)
        guard ends.count == 2, let from = ends[0], let until = ends[1] else {
            self.log.error(
                path, at: node.position, "`\(shown(text))` is not a time of day from and until",
                remedy: "Write it as \"08:00-20:00\"")
            return nil
        }
        guard from < until else {
            self.log.error(
                path, at: node.position, "the window `\(shown(text))` ends before it begins",
                remedy: "Give a later end; a window over midnight is not possible")
            return nil
        }
        return from..<until
    }

    /// A name of `a-z 0-9 - _`.
    func name(_ node: Node, path: String, bytesMax: Int = DunningPolicy.nameBytesMax) -> String? {
        guard let text = self.scalar(node, path: path) else { return nil }
        guard isName(text, bytesMax: bytesMax) else {
            self.log.error(
                path, at: node.position, "`\(shown(text))` is not a name",
                remedy: "Use at most \(bytesMax) characters of a-z, 0-9, - and _")
            return nil
        }
        return text
    }
}

/// `08:00`; at most `24:00`.
private func minutes(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
        parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
        let hour = Int64(parts[0]), let minute = Int64(parts[1]), minute < 60
    else { return nil }
    let total = hour * 60 + minute
    return total <= 1440 ? total : nil
}

/// A name of `a-z 0-9 - _`, of one byte at least.
func isName(_ text: String, bytesMax: Int = DunningPolicy.nameBytesMax) -> Bool {
    guard !text.isEmpty, text.utf8.count <= bytesMax else { return false }
    return text.utf8.allSatisfy { byte in
        switch byte {
        case 0x61...0x7A, 0x30...0x39, 0x2D, 0x5F: true
        default: false
        }
    }
}

/// What a file says, short enough and harmless enough to be shown in a message.
func shown(_ text: String) -> String {
    let safe = text.unicodeScalars.prefix(40).map { scalar in
        scalar.properties.generalCategory == .control ? "?" : Character(scalar)
    }
    return String(safe) + (text.unicodeScalars.count > 40 ? "…" : "")
}
