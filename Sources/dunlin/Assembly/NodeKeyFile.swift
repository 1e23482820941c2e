import DunlinNode
import Foundation

/// Where the node key comes from: the configured file, else `node.key` in the data directory,
/// which is made at the first start.
enum NodeKeyFile {
    static func key(
        configured: String?, directory: String, random: (Int) -> [UInt8]
    ) throws
        -> NodeKey
    {
        let path = configured ?? directory + "/node.key"
        if configured == nil, !FileManager.default.fileExists(atPath: path) {
            let key = NodeKey(random: random)
            let made = FileManager.default.createFile(
                atPath: path, contents: Data((key.base64 + "\n").utf8),
                attributes: [.posixPermissions: 0o600])
            guard made else { throw Failure("\(path) cannot be written; is the disk full?") }
            return key
        }
        do {
            return try NodeKey(contentsOfFile: path)
        } catch {
            throw Failure("\(path): \(error.message)")
        }
    }
}
