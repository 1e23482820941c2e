extension AccountState {
    /// Whether messages can go to an address, in one or two words for people.
    package func reachWords(of contact: SealedContact) -> String {
        guard contact.isReachable else { return "unreachable" }
        if self.outreach.first?.consent(contact.channel, .transactional)?.isGranted == false {
            return "stopped by the customer"
        }
        let share = contact.hash.isEmpty ? nil : self.share(.contact, contact.hash)
        return share?.bar.blockedBy == nil ? "reachable" : "stopped through another account"
    }
}
