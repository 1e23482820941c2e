/// One life of a node's disk as a copy of a shard.
///
/// A node that came back with another disk, or with less than it had promised, has another
/// incarnation: what the former one acknowledged says nothing about it.
package struct Member: Hashable, Comparable, Sendable {
    package var node: NodeID
    /// Given at registration, never reused in a cluster; 0 is none.
    package var incarnation: UInt64

    package init(_ node: NodeID, incarnation: UInt64) {
        self.node = node
        self.incarnation = incarnation
    }

    package static func < (left: Member, right: Member) -> Bool {
        (left.node, left.incarnation) < (right.node, right.incarnation)
    }
}
