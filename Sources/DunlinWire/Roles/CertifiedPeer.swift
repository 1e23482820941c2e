/// Who a certificate says its bearer is, from its first URI: `spiffe://CLUSTER/node/NAME`, with
/// `coordinator`, `operator` or `reader` in the place of `node`.
///
/// CLUSTER is for people: whose certificates are good is said by the authority that is trusted, and
/// each cluster has its own.
package struct CertifiedPeer: Hashable, Sendable {
    /// Exactly one.
    package let role: CallRoles
    /// 1 to 63 bytes of `a-z`, `0-9` and `-`.
    package let name: String

    package static let nameBytesMax = 63

    /// `nil` for everything that is not exactly of the form above.
    package init?(certifiedName: String) {
        let scheme = "spiffe://"
        guard certifiedName.utf8.count <= 255, certifiedName.hasPrefix(scheme) else { return nil }
        let parts = certifiedName.utf8.dropFirst(scheme.utf8.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let role = Self.role(String(parts[1])),
            let name = String(parts[2]), (1...Self.nameBytesMax).contains(name.utf8.count),
            name.utf8.allSatisfy(Self.isNamed)
        else { return nil }
        self.role = role
        self.name = name
    }

    private static func role(_ word: String?) -> CallRoles? {
        switch word {
        case "node": .node
        case "coordinator": .coordinator
        case "operator": .operator
        case "reader": .reader
        default: nil
        }
    }

    private static func isNamed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
