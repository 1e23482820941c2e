/// Arithmetic for amounts and counts that come from outside: a sum that does not fit stops at the
/// end of the range instead of trapping (Law 9).
extension FixedWidthInteger {
    package func increased(by other: Self = 1) -> Self {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    package func decreased(by other: Self = 1) -> Self {
        let (difference, overflow) = self.subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    package mutating func increase(by other: Self = 1) { self = self.increased(by: other) }

    package mutating func decrease(by other: Self = 1) { self = self.decreased(by: other) }
}
