/// Why the coordinator did not do what it was asked.
package struct CoordinatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the caller can act on; also the metric label.
    package enum Code: UInt16, Sendable, CaseIterable {
        /// No coordinator answers, or none leads. Whether it was done is not known; send it again.
        case unavailable = 1
        /// The caller's incarnation or process was replaced: it must stop at once.
        case fenced = 2
        /// Another process of this name, or a disk that it cannot have, is registered.
        case refused = 3
        case notFound = 4
        case invalid = 5
        /// It cannot be done in the present state.
        case failedPrecondition = 6
        case internalError = 7
    }

    package var code: Code
    /// What was wrong and what to do. No ids but those of nodes and shards.
    package var message: String
    /// With ``Code/unavailable``: the address of the coordinator that leads, when it is known.
    package var leader: String?

    package init(_ code: Code, _ message: String, leader: String? = nil) {
        self.code = code
        self.message = message
        self.leader = leader
    }

    package var description: String { "\(self.code): \(self.message)" }
}
