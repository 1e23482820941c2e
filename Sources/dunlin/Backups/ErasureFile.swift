import DunlinCore

/// Accounts whose erasure a restore must not undo: a text file, one `TENANT ACCOUNT` a line; empty
/// lines and lines that begin with `#` say nothing.
struct ErasureFile {
    let keys: [EntityKey]

    static let bytesMax = 64 << 20

    init(_ path: String) throws(Failure) {
        let text = String(
            decoding: try Console.read(path, bytesMax: Self.bytesMax), as: UTF8.self)
        var keys: [EntityKey] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let words = line.split(separator: " ", maxSplits: 1)
            guard !words.isEmpty, !line.hasPrefix("#") else { continue }
            guard words.count == 2, (1...EntityKey.keyBytesMax).contains(words[1].utf8.count) else {
                throw Failure("\(path), line \(number + 1): write TENANT ACCOUNT.")
            }
            keys.append(
                EntityKey(tenant: String(words[0]), kind: .account, key: String(words[1])))
        }
        self.keys = keys
    }
}
