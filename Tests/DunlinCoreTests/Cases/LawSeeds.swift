import Foundation

/// The seeds that the laws are tried with: sixty times as many in the long suite.
enum LawSeeds {
    static func of(_ count: UInt64) -> Range<UInt64> {
        let isLong = ProcessInfo.processInfo.environment["DUNLIN_LONG"] != nil
        return 0..<(isLong ? 60 * count : count)
    }
}
