import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWorld

/// Failures that open a case each, with a method and a contact.
enum OpenCase {
    /// Ids as long as a billing system's: 18 to 28 characters.
    static func event(_ index: Int) -> IntakeEvent {
        let one = Self.letters(UInt64(index))
        let two = Self.letters(UInt64(index) ^ 0xFFFF_0000)
        let at = LadderWorkload.start
        return IntakeEvent(
            key: EntityKey(key: "cus_" + one.prefix(14)),
            facts: IntakeFacts(
                eventID: "evt_" + one + two.prefix(8), occurredAt: at,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in_" + two + one.prefix(8),
                            subscription: "sub_" + one
                                + two.prefix(8),
                            amountMinor: LadderWorkload.amountMinor(index), currency: .eur),
                        codes: DeclineCodes(code: "insufficient_funds"))),
                profile: ProfileChange(locale: "en", zone: "UTC"),
                method: MethodChange(
                    method: PaymentMethod(
                        token: "pm_" + two + one.suffix(8), fingerprint: one,
                        network: .visa, funding: .credit, lastFour: "4242", expiryMonth: 24_383))),
            personal: [
                PersonalContact(channel: .email, address: "someone.\(index)@example.com")
            ])
    }

    /// Sixteen letters: digits in a row could be a card number.
    private static func letters(_ seed: UInt64) -> String {
        let bits = splitmix64(seed)
        return String(
            decoding: (0..<16).map { UInt8(0x61 + (bits >> UInt64($0 * 4)) & 0xF) },
            as: UTF8.self)
    }
}

extension BenchNode {
    /// Takes events of different accounts; anything but acceptance ends the benchmark.
    func take(_ events: [IntakeEvent]) async throws {
        for result in try await self.node.intake(events) where result != .accepted {
            throw ValidationError("an event was answered \(result)")
        }
    }
}
