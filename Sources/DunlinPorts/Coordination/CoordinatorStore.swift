/// Keeps what the coordinator knows: some keys with values, changed by compare-transactions only.
///
/// What an adapter must give: transactions are atomic, durable when they are answered, and all in
/// one order; a revision counts those that changed something and never goes back. What nobody may
/// rely on: that a read is fresh (a decision made from one is checked again by the transaction's
/// conditions), that a watch tells of every change, that who holds a lease is alone.
package protocol CoordinatorStore: Sendable {
    /// All entries whose keys begin with `prefix`, in the order of their keys, of one revision.
    func read(prefix: String) async throws(CoordinatorStoreError) -> StoredEntries

    /// Does all changes when every condition holds, else none.
    ///
    /// After ``CoordinatorStoreError/Code/unknownOutcome`` it may have been done, or be done later:
    /// read, and let the next transaction compare.
    func commit(
        _ transaction: StoreTransaction
    ) async throws(CoordinatorStoreError)
        -> StoreOutcome

    /// Calls `onChange` after changes below `prefix`, until the task is cancelled: a hint that may
    /// be late, come twice or never, so that the caller also looks by itself.
    func watch(prefix: String, onChange: @escaping @Sendable () -> Void) async

    /// Tries once to become the holder of the candidacy's key; `nil` while another holds it.
    func campaign(
        _ candidacy: Candidacy
    ) async throws(CoordinatorStoreError) -> LeaderToken?

    /// Holds the key for another of the candidacy's terms. False when it is no longer held.
    func renew(_ token: LeaderToken) async throws(CoordinatorStoreError) -> Bool

    /// Gives the key back, so that another may have it at once. Of no effect when it is not held.
    func resign(_ token: LeaderToken) async throws(CoordinatorStoreError)

    /// Throws when the store does not answer.
    func check() async throws(CoordinatorStoreError)
}

/// One key as the store has it.
package struct StoredEntry: Hashable, Sendable {
    package var key: String
    package var value: [UInt8]
    /// The revision at which the key came into being, at least 1.
    package var createRevision: UInt64
    /// The revision at which its value was last put.
    package var modRevision: UInt64

    package init(key: String, value: [UInt8], createRevision: UInt64, modRevision: UInt64) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
    }
}

/// Entries as they were at one revision.
package struct StoredEntries: Hashable, Sendable {
    package var entries: [StoredEntry]
    package var revision: UInt64

    package init(entries: [StoredEntry], revision: UInt64) {
        self.entries = entries
        self.revision = revision
    }

    package subscript(key: String) -> StoredEntry? {
        self.entries.first { $0.key == key }
    }
}

/// What must hold, and what is then done.
package struct StoreTransaction: Hashable, Sendable {
    package enum Condition: Hashable, Sendable {
        case absent(key: String)
        case modified(key: String, revision: UInt64)
        case created(key: String, revision: UInt64)

        package var key: String {
            switch self {
            case .absent(let key), .modified(let key, _), .created(let key, _): key
            }
        }
    }

    package enum Change: Hashable, Sendable {
        case put(key: String, value: [UInt8])
        case delete(key: String)

        package var key: String {
            switch self {
            case .put(let key, _), .delete(let key): key
            }
        }
    }

    /// At most ``operationsMax``.
    package var conditions: [Condition]
    /// At most ``operationsMax``, of distinct keys.
    package var changes: [Change]

    package static let operationsMax = 128
    package static let keyBytesMax = 256
    /// Of all keys and values of one transaction.
    package static let bytesMax = 1_000_000

    package init(conditions: [Condition] = [], changes: [Change] = []) {
        self.conditions = conditions
        self.changes = changes
    }

    /// Every adapter refuses what breaks a limit, so that none takes what another would not.
    package func check() throws(CoordinatorStoreError) {
        var bytes = 0
        for change in self.changes {
            bytes += change.key.utf8.count
            if case .put(_, let value) = change { bytes += value.count }
        }
        let keys = self.conditions.map(\.key) + self.changes.map(\.key)
        guard self.conditions.count <= Self.operationsMax,
            self.changes.count <= Self.operationsMax, bytes <= Self.bytesMax,
            keys.allSatisfy({ (1...Self.keyBytesMax).contains($0.utf8.count) }),
            Set(self.changes.map(\.key)).count == self.changes.count
        else {
            throw CoordinatorStoreError(
                .invalid, "A transaction is over the limits of a coordinator's store.")
        }
    }
}

/// How a transaction ended.
package enum StoreOutcome: Hashable, Sendable {
    case committed(revision: UInt64)
    /// A condition did not hold, and nothing was done: what the conditions' keys are now.
    case conflict(StoredEntries)
}

/// Who wants to lead, and for how long without a renewal.
package struct Candidacy: Hashable, Sendable {
    package var key: String
    /// What stands under the key while it is held: where the leader is reached.
    package var value: [UInt8]
    /// In milliseconds of real time; an adapter may round it up to whole seconds.
    package var termMs: Int64

    package init(key: String, value: [UInt8], termMs: Int64) {
        self.key = key
        self.value = value
        self.termMs = termMs
    }
}

/// Proof of leadership: whoever compares ``createRevision`` in a transaction cannot act after
/// another has taken the key.
package struct LeaderToken: Hashable, Sendable {
    package var key: String
    package var createRevision: UInt64
    /// The adapter's own name for what is renewed.
    package var lease: UInt64

    package init(key: String, createRevision: UInt64, lease: UInt64) {
        self.key = key
        self.createRevision = createRevision
        self.lease = lease
    }

    package var condition: StoreTransaction.Condition {
        .created(key: self.key, revision: self.createRevision)
    }
}

/// Why a coordinator's store did not do what it was asked.
package struct CoordinatorStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the caller can act on; also the metric label.
    package enum Code: UInt16, Sendable, CaseIterable {
        /// Nothing was done; trying again later is right.
        case unavailable = 1
        /// Whether it was done, or will be, is not known.
        case unknownOutcome = 2
        /// The request breaks a limit; nothing was done.
        case invalid = 3
        /// The store is full; nothing was done.
        case full = 4
        /// The store's disk failed or its content is damaged: the process must stop.
        case broken = 5
    }

    package var code: Code
    /// What was wrong and what to do. No values.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.code): \(self.message)" }
}
