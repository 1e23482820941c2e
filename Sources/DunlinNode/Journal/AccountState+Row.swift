package import DunlinCore

extension AccountState {
    /// The instant that the account's row is filed under; zero for none.
    ///
    /// An account with an undone effect is filed as due at once, so that a restart finds it.
    package var rowDueAt: Timestamp {
        guard self.effects.isEmpty else { return Timestamp(ms: 1) }
        return self.dueAt ?? Timestamp(ms: 0)
    }
}
