import DunlinCore
import Synchronization

/// Which attempt a charge was found to belong to, for the latest charges of this process: so that
/// a look-up never takes the charge of the attempt before for its own.
final class StripeAttributedCharges: Sendable {
    private struct Memory {
        var keys: [String: GatewayKey] = [:]
        var order: [String] = []
        var next = 0
    }

    /// Charges that are remembered; the oldest go first.
    static let countMax = 10_000

    private let memory = Mutex(Memory())

    func note(_ outcome: AttemptOutcome, key: GatewayKey) {
        let charge =
            switch outcome {
            case .approved(let id), .pending(let id), .declined(_, let id),
                .approvedInPart(let id, _):
                id
            case .technicalFailure, .notSent, .unknown: ""
            }
        guard !charge.isEmpty else { return }
        self.memory.withLock { memory in
            guard memory.keys.updateValue(key, forKey: charge) == nil else { return }
            guard memory.order.count >= Self.countMax else {
                memory.order.append(charge)
                return
            }
            memory.keys[memory.order[memory.next]] = nil
            memory.order[memory.next] = charge
            memory.next = (memory.next + 1) % Self.countMax
        }
    }

    func belongsToAnother(_ charge: String, than key: GatewayKey) -> Bool {
        self.memory.withLock { memory in memory.keys[charge].map { $0 != key } ?? false }
    }
}
