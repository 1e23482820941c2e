import Yams

/// One mapping of a file while it is read. Every problem goes to the log, and reading goes on.
struct Fields {
    let path: String
    let log: FindingLog
    private let values: [String: Node]
    /// As in the file.
    let keys: [String]

    /// A mapping whose keys are all known.
    ///
    /// Answers `nil` after a finding when `node` is no mapping.
    init?(_ node: Node, path: String, known: [String], log: FindingLog) {
        self.init(node, path: path, log: log)
        for key in self.keys where !known.contains(key) {
            log.error(
                self.path(key), "there is no field `\(key)` here",
                remedy: nearest(key, of: known, what: "fields"))
        }
    }

    /// A mapping whose keys are names that the file chooses.
    ///
    /// Answers `nil` after a finding when `node` is no mapping.
    init?(_ node: Node, path: String, log: FindingLog) {
        guard case .mapping(let pairs) = node else {
            log.error(
                path, at: node.position, "a mapping (`key: value` lines) is needed here",
                remedy: "Indent the fields below the key")
            return nil
        }
        var values: [String: Node] = [:]
        var keys: [String] = []
        self.path = path
        self.log = log
        for (key, value) in pairs {
            guard case .scalar(let name) = key else {
                log.error(
                    path, at: key.position, "a key must be plain text", remedy: "Write it as `key:`"
                )
                continue
            }
            values[name.string] = value
            keys.append(name.string)
            var mark = key.position
            if case .scalar = value { mark = value.position }
            log.place(path.isEmpty ? name.string : "\(path).\(name.string)", at: mark)
        }
        self.values = values
        self.keys = keys
    }

    func path(_ key: String) -> String { self.path.isEmpty ? key : "\(self.path).\(key)" }

    func has(_ key: String) -> Bool { self.values[key] != nil }

    /// The value of a field, or `nil` when it is not given.
    func node(_ key: String) -> Node? { self.values[key] }

    /// The value of a field that must be given.
    func required(_ key: String, example: String) -> Node? {
        if let node = self.values[key] { return node }
        self.log.error(
            self.path(key), "the field is missing",
            remedy: "Add it, for instance `\(key): \(example)`")
        return nil
    }

    /// The text of a scalar; `nil` after a finding when it is none or is empty.
    func text(_ key: String, of node: Node) -> String? { scalar(node, path: self.path(key)) }

    func scalar(_ node: Node, path: String) -> String? {
        guard case .scalar(let scalar) = node else {
            self.log.error(
                path, at: node.position, "a single value is needed here, not a list or mapping",
                remedy: "Write one value behind the colon")
            return nil
        }
        guard !scalar.string.isEmpty else {
            self.log.error(
                path, at: node.position, "the value is empty",
                remedy: "Give a value or remove the field")
            return nil
        }
        return scalar.string
    }

    /// The items of a list with their paths; `nil` after a finding when it is none.
    func items(_ key: String, max: Int) -> [(node: Node, path: String)]? {
        guard let node = self.values[key] else { return nil }
        guard case .sequence(let items) = node else {
            self.log.error(
                self.path(key), at: node.position, "a list is needed here",
                remedy: "Write it as `[a, b]` or as lines that begin with `- `")
            return nil
        }
        guard items.count <= max else {
            self.log.error(
                self.path(key), "the list has \(items.count) entries, more than \(max)",
                remedy: "Shorten it")
            return nil
        }
        return items.enumerated().map { number, item in
            let path = "\(self.path(key))[\(number)]"
            self.log.place(path, at: item.position)
            return (item, path)
        }
    }
}

/// What to do about a name that is not known: the nearest one, else all of them.
func nearest(_ name: String, of known: [String], what: String) -> String {
    let ranked = known.map { (distance(name, $0), $0) }.sorted { $0 < $1 }
    if let (best, candidate) = ranked.first, best <= max(2, name.count / 3) {
        return "Perhaps `\(candidate)` was meant"
    }
    return "The \(what) are \(known.map { "`\($0)`" }.joined(separator: ", "))"
}

/// Levenshtein's distance, ignoring case.
private func distance(_ left: String, _ right: String) -> Int {
    let a = Array(left.lowercased().utf8.prefix(64))
    let b = Array(right.lowercased().utf8.prefix(64))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
