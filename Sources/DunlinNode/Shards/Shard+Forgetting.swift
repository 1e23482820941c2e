import DunlinCore
import DunlinPorts
import Logging

// An erased account's key is destroyed when the record that says so is committed. What was sealed
// with it stays where it was copied to, and opens no more.
//
// A crash in between is no loss: the record lies in the tail, which is not folded before the key
// is gone, and whoever replays it destroys the key.

extension Shard {
    /// Keys whose destruction is journaled, or about to be, and not done yet.
    func isForgetting(_ entity: EntityKey) -> Bool {
        self.open.destroyedKeys.contains(entity) || self.keysToDestroy.contains(entity)
            || self.sealed?.destroyedKeys.contains(entity) == true
    }

    /// Notes what a replayed record says about the account's key.
    func noteKey(_ event: AccountEvent, of key: EntityKey) {
        switch event {
        case .keyDestroyed: self.keysToDestroy.append(key)
        case .keyCreated: self.keysToDestroy.removeAll { $0 == key }
        default: break
        }
    }

    /// Destroys the keys of committed erasures; tries again later what the disk does not let go.
    func destroyKeys() {
        guard !self.keysToDestroy.isEmpty else { return }
        var left: [EntityKey] = []
        for key in self.keysToDestroy {
            do throws(StoreError) {
                try self.environment.keys.destroy(key)
            } catch {
                self.log.error(
                    "the key of an erased account cannot be destroyed yet; trying again",
                    metadata: ["error": "\(error)"])
                left.append(key)
            }
        }
        self.keysToDestroy = left
        guard !left.isEmpty else { return }
        self.executor.run(afterMs: Self.destroyAgainMs) {
            self.assumeIsolated { $0.destroyKeys() }
        }
    }

    /// Real time between two tries, in milliseconds.
    private static let destroyAgainMs: Int64 = 1000

    /// The account's contacts in clear; `nil` for an account that was never heard of.
    ///
    /// A contact whose key is gone is left out: there is nothing that could be told.
    func contacts(of key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        try self.mustBeActive()
        do {
            try self.loadAbsent([key])
        } catch {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        }
        guard let account = self.resident(key) else { return nil }
        guard let state = await self.committedState(of: account) else {
            throw NodeError(.unavailable, "the account's state is not committed; try again soon")
        }
        guard state.hasKey, !state.profile.contacts.isEmpty, !self.isForgetting(key) else {
            return []
        }
        do {
            let wrapped = try self.environment.keys.keys([key]).first ?? nil
            let accountKey = try self.environment.sealer.unwrap(wrapped, for: key)
            return try state.profile.contacts.map {
                PersonalContact(
                    channel: $0.channel,
                    address: try accountKey.open($0.sealed, channel: $0.channel))
            }
        } catch {
            throw NodeError(.storage, "the contacts cannot be opened: \(error)")
        }
    }
}
