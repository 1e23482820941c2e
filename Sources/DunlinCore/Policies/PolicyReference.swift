/// A policy as people name it: `standard`, or `standard@00c0ffee00c0ffee` of one bundle.
package struct PolicyReference: Hashable, Sendable {
    package var policy: String
    /// Zero for the newest bundle.
    package var bundle: BundleID

    /// Answers `nil` for an empty name or a bundle that is no hexadecimal number.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.first, !name.isEmpty,
            name.utf8.count <= DunningPolicy.nameBytesMax
        else { return nil }
        self.policy = String(name)
        self.bundle = BundleID(0)
        guard parts.count == 2 else { return }
        guard let number = UInt64(parts[1], radix: 16) else { return nil }
        self.bundle = BundleID(number)
    }
}
