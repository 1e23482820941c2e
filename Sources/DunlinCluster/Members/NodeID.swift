/// A node's name in its cluster: 1 to 63 of `a-z`, `0-9` and `-`, beginning with a letter. Given by
/// the configuration, kept for the life of the node.
package struct NodeID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String

    package static let bytesMax = 63

    /// Answers `nil` for a name of another form.
    package init?(_ name: String) {
        let bytes = name.utf8
        guard let first = bytes.first, (97...122).contains(first), bytes.count <= Self.bytesMax,
            bytes.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 })
        else { return nil }
        self.name = name
    }

    package static func < (left: NodeID, right: NodeID) -> Bool {
        left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }

    package var description: String { self.name }
}
