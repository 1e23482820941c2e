/// How often each law was judged, and what broke one.
package struct LawFindings: Sendable {
    /// One breach.
    package struct Breach: Hashable, Sendable, CustomStringConvertible {
        package var law: Law
        package var text: String

        package var description: String { "\(self.law.name): \(self.text)" }
    }

    /// By ``Law/rawValue``; element 0 is not used.
    private var judged = [UInt64](repeating: 0, count: Law.allCases.count + 1)
    private var broken = [UInt64](repeating: 0, count: Law.allCases.count + 1)
    /// The first ``breachesMax`` breaches.
    package private(set) var breaches: [Breach] = []

    package static let breachesMax = 20

    package init() {}

    package func judged(_ law: Law) -> UInt64 { self.judged[Int(law.rawValue)] }
    package func broken(_ law: Law) -> UInt64 { self.broken[Int(law.rawValue)] }

    /// Breaches of all laws.
    package var brokenCount: UInt64 { self.broken.reduce(0, +) }

    /// Counts one judgement of a law, and notes it where the law does not hold.
    package mutating func judge(
        _ law: Law, _ holds: Bool, _ text: @autoclosure () -> String
    ) {
        self.judged[Int(law.rawValue)] += 1
        if !holds { self.breach(law, text()) }
    }

    /// Notes a breach of something that was counted elsewhere.
    package mutating func breach(_ law: Law, _ text: String) {
        self.broken[Int(law.rawValue)] += 1
        guard self.breaches.count < Self.breachesMax else { return }
        self.breaches.append(Breach(law: law, text: text))
    }

    /// Counts judgements of a law that found nothing.
    package mutating func count(_ law: Law, _ judgements: UInt64 = 1) {
        self.judged[Int(law.rawValue)] += judgements
    }

    package mutating func add(_ other: LawFindings) {
        for index in self.judged.indices {
            self.judged[index] += other.judged[index]
            self.broken[index] += other.broken[index]
        }
        self.breaches += other.breaches.prefix(Self.breachesMax - self.breaches.count)
    }
}
