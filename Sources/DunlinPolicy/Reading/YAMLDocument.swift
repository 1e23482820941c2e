import Yams

/// One YAML file, parsed within limits and free of anchors, so that reading it costs no more than
/// its size.
struct YAMLDocument {
    /// Largest file, in bytes of UTF-8.
    static let bytesMax = 1 << 20
    /// Most places that look like an alias: few enough that even nested ones stay harmless until
    /// the parsed document is searched for anchors.
    static let aliasesMax = 8
    /// Deepest nesting of mappings and lists.
    static let depthMax = 32

    let root: Node

    /// Answers `nil` after having said in `log` why.
    init?(_ text: String, log: FindingLog) {
        guard text.utf8.count <= Self.bytesMax else {
            log.error(
                "", "the file has \(text.utf8.count) bytes, more than \(Self.bytesMax)",
                remedy: "Split it into several files")
            return nil
        }
        if let line = Self.lineOfTooManyAliases(text) {
            log.error(
                "", at: Position(line: line, column: 1),
                "more than \(Self.aliasesMax) places of the file look like YAML aliases",
                remedy: "Write the values out; anchors and aliases are not read")
            return nil
        }
        do {
            // Anchors are held weakly by the nodes: the parser must outlive the search for them.
            let parser = try Parser(yaml: text, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                log.error("", "the file is empty", remedy: "Start it with the line `dunlin: …`")
                return nil
            }
            let sound = withExtendedLifetime(parser) { Self.isSound(root, depth: 0, log: log) }
            guard sound else { return nil }
            self.root = root
        } catch {
            Self.report(error, to: log)
            return nil
        }
    }

    /// Counts `*name` at the beginning of a token, in quotes and comments too: too many is safe.
    private static func lineOfTooManyAliases(_ text: String) -> Int? {
        var line = 1
        var found = 0
        var before: UInt8 = 0x0A
        var previous: UInt8 = 0x0A
        for byte in text.utf8 {
            if previous == 0x2A, byte > 0x20, Self.startsToken(after: before) {
                found += 1
                if found > Self.aliasesMax { return line }
            }
            if byte == 0x0A { line += 1 }
            before = previous
            previous = byte
        }
        return nil
    }

    private static func startsToken(after byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x20, 0x22, 0x27, 0x2C, 0x3A, 0x5B, 0x5D, 0x7B, 0x7D: true
        default: false
        }
    }

    /// Looks for anchors in the order of the file, so that none is ever expanded.
    private static func isSound(_ node: Node, depth: Int, log: FindingLog) -> Bool {
        if node.anchor != nil {
            log.error(
                "", at: node.position, "an anchor (`&`) is not read here",
                remedy: "Write the value out at each place")
            return false
        }
        guard depth <= Self.depthMax else {
            log.error(
                "", at: node.position, "nested more than \(Self.depthMax) deep",
                remedy: "Check the indentation and the brackets")
            return false
        }
        switch node {
        case .scalar, .alias: return true
        case .sequence(let items):
            return items.allSatisfy { Self.isSound($0, depth: depth + 1, log: log) }
        case .mapping(let pairs):
            return pairs.allSatisfy {
                Self.isSound($0.key, depth: depth + 1, log: log)
                    && Self.isSound($0.value, depth: depth + 1, log: log)
            }
        }
    }

    private static func report(_ error: any Error, to log: FindingLog) {
        let (problem, mark, remedy): (String, Position?, String)
        switch error as? YamlError {
        case .composer(_, "but found another document", let at, _):
            (problem, mark) = ("a second document begins here", Position(at))
            remedy = "Put everything into one document, without `---`"
        case .scanner(_, let text, let at, _), .parser(_, let text, let at, _),
            .composer(_, let text, let at, _):
            (problem, mark) = ("this is not YAML: \(text)", Position(at))
            remedy = "Check indentation, quotes and brackets here and on the line before"
        case .duplicatedKeysInMapping(let keys, let context):
            problem = "the key `\(shown(keys.first ?? ""))`, first given here, is given again"
            mark = Position(context.mark)
            remedy = "Keep one of them"
        case .reader(let text, _, _, _):
            (problem, mark) = ("the file has a character that YAML forbids: \(text)", nil)
            remedy = "Save the file as UTF-8 without control characters"
        default:
            (problem, mark) = ("the file cannot be read as YAML", nil)
            remedy = "Compare it with an example policy"
        }
        log.error("", at: mark, problem, remedy: remedy)
    }
}
