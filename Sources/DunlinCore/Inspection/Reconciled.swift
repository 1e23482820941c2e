/// What a comparison with a billing system found.
package struct Reconciled: Sendable, Equatable {
    /// Open invoices that the billing system listed.
    package var listed: UInt64
    /// Events that told us something new.
    package var news: UInt64
    package var refused: UInt64
    /// Attempts whose outcome is still not known afterwards.
    package var inDoubt: UInt64

    package init(listed: UInt64 = 0, news: UInt64 = 0, refused: UInt64 = 0, inDoubt: UInt64 = 0) {
        self.listed = listed
        self.news = news
        self.refused = refused
        self.inDoubt = inDoubt
    }
}
