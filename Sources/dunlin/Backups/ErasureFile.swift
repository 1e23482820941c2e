import DunlinCore
import DunlinWeb

/// Accounts whose erasure a restore must not undo: a text file, in each line `TENANT ACCOUNT` or
/// what `dunlin erasures list` writes; empty lines and lines that begin with `#` say nothing.
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
            guard line.contains(where: { $0 != " " }), !line.hasPrefix("#") else { continue }
            guard let key = Self.key(line), (1...EntityKey.keyBytesMax).contains(key.key.utf8.count)
            else {
                throw Failure(
                    "\(path), line \(number + 1): write TENANT ACCOUNT, or what `dunlin erasures "
                        + "list` writes.")
            }
            keys.append(key)
        }
        self.keys = keys
    }

    private static func key(_ line: Substring) -> EntityKey? {
        if line.hasPrefix("{") {
            guard let value = try? JSONReader.read(Array(line.utf8)[...]),
                case .string(let tenant)? = value["tenant"],
                case .string(let account)? = value["account"]
            else { return nil }
            return EntityKey(tenant: tenant, kind: .account, key: account)
        }
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        return EntityKey(tenant: String(words[0]), kind: .account, key: String(words[1]))
    }
}
