/// When a charge asks for less than is open: some of the money now instead of all of it perhaps.
package struct PartialCollection: Sendable, Equatable {
    /// So many refusals of the whole amount come first, the latest for lack of funds.
    package var afterRefusals: UInt32
    /// What is asked for, of what is open, in basis points; 1…10,000.
    package var askBp: Int64
    /// The least that is charged, of what was due, in basis points.
    package var floorBp: Int64
    /// The least that is charged, in minor units.
    package var floorMinor: Int64
    /// Most parts that an invoice is paid in; the last of them is all that is open.
    package var partsMax: UInt32

    package init(
        afterRefusals: UInt32 = 2, askBp: Int64 = 5000, floorBp: Int64 = 0, floorMinor: Int64 = 0,
        partsMax: UInt32 = 2
    ) {
        self.afterRefusals = afterRefusals
        self.askBp = askBp
        self.floorBp = floorBp
        self.floorMinor = floorMinor
        self.partsMax = partsMax
    }

    /// The least that may be charged of an invoice, in minor units; at least 1.
    func floor(ofDue dueMinor: Int64) -> Int64 {
        max(1, self.floorMinor, dueMinor.share(bp: self.floorBp))
    }
}

extension Int64 {
    /// A share of an amount in basis points, rounded up; never negative.
    package func share(bp: Int64) -> Int64 {
        guard self > 0, bp > 0 else { return 0 }
        let (whole, rest) = self.quotientAndRemainder(dividingBy: 10_000)
        let (product, overflow) = whole.multipliedReportingOverflow(by: bp)
        guard !overflow else { return .max }
        let (small, tooMuch) = rest.multipliedReportingOverflow(by: bp)
        guard !tooMuch else { return .max }
        return product.increased(by: small / 10_000 + (small % 10_000 == 0 ? 0 : 1))
    }
}
