package import DunlinCore

/// Reads events one by one and says which message should not have left, and who lost access
/// untold. Judges I5 and I6, and flags for attempts.
///
/// It shares no code with the engine but for the types of events and the clocks' offsets.
package struct ContactLaws {
    /// What holds for the account's messages.
    package struct Terms: Sendable {
        package var caps: [FrequencyCap] = []
        /// Minutes of the local day by channel; what is missing may be sent at any time.
        package var windows: [Channel: Range<Int64>] = [:]
        /// Every loss of access needs a notice this long before, in milliseconds.
        package var noticeMs: Int64 = 0
        /// The customer lives by one of the two clocks of ``AmericanHours``, else by UTC.
        package var isAmerican = false

        package init() {}
    }

    private struct Told {
        var caseNumber: UInt32
        var effect: RecordPosition
        var at: Timestamp
    }

    private struct Left {
        var at: Timestamp
        var caseNumber: UInt32
        var step: UInt32
        var channel: Channel
        /// Once it was accepted.
        var effect: RecordPosition?
    }

    private let terms: Terms
    private var profile = Profile()
    private var dead: Set<Channel> = []
    private var consents: [Consented: Bool] = [:]
    private var flags: Set<AccountFlag> = []
    private var left: [Left] = []
    private var told: [Told] = []
    private var paused: Set<UInt32> = []
    private var closing: UInt32 = 0

    private struct Consented: Hashable {
        var channel: Channel
        var purpose: MessagePurpose
    }

    private static let stops: Set<AccountFlag> = [.neverDun, .deceased, .bankrupt, .vulnerable]

    package init(_ terms: Terms) {
        self.terms = terms
    }

    package mutating func take(_ record: RecordedEvent, _ findings: inout LawFindings) {
        let at = record.at
        // Whatever ends a case comes right before the access that the end leaves.
        if let update = record.event.update, !update.phase.isOpen {
            self.closing = update.caseNumber
        }
        switch record.event {
        case .profileChanged(let profile):
            self.profile = profile
            self.dead = Set(profile.contacts.filter { !$0.isReachable }.map(\.channel))
        case .keyDestroyed:
            self.profile = Profile()
            self.dead = []
        case .consentChanged(let event):
            let key = Consented(channel: event.consent.channel, purpose: event.consent.purpose)
            self.consents[key] = event.consent.isGranted
        case .accountFlagged(let event):
            if event.isSet { self.flags.insert(event.flag) } else { self.flags.remove(event.flag) }
        case .receiptNoted(let event): self.hear(event)
        case .messageIntended(let event):
            let left = Left(
                at: at, caseNumber: event.update.caseNumber, step: event.step,
                channel: event.channel)
            self.leaves(left, isOffer: event.name == RandomPeople.offerName, &findings)
            if self.paused.contains(event.update.caseNumber) {
                findings.breach(.noMessageOutside, "\(at): while paused")
            }
        case .noticeIntended(let event):
            let left = Left(at: at, caseNumber: 0, step: event.step, channel: event.channel)
            if event.subject.kind == .optOut {
                self.judgeHours(event.channel, at, hasWindow: false, &findings)
                self.left.append(left)
            } else {
                self.leaves(left, isOffer: false, &findings)
            }
        case .messageSettled(let event): self.settle(event, at)
        case .effectSettled(let event) where event.kind == .notice:
            guard
                let index = self.left.firstIndex(where: { $0.caseNumber == 0 && $0.effect == nil })
            else { break }
            self.left[index].effect = event.effect
            if event.verdict != .done { self.left.remove(at: index) }
        case .caseUpdated(let event):
            if event.update.flags.contains(.paused) {
                self.paused.insert(event.update.caseNumber)
            } else {
                self.paused.remove(event.update.caseNumber)
            }
        case .accessChanged(let event)
        where event.state.isLoss && event.reason != .observed:
            self.judge(event, at, &findings)
        case .attemptIntended:
            if !self.flags.isDisjoint(with: Self.stops.union([.noRetry])) {
                findings.breach(.withinEveryBudget, "\(at): attempt though flagged")
            }
        default: break
        }
    }

    private mutating func hear(_ event: ReceiptNoted) {
        if event.kind == .bounced || event.kind == .complained { self.dead.insert(event.channel) }
        // What bounced reached nobody.
        guard event.kind == .bounced else { return }
        self.told.removeAll { $0.effect == event.effect }
        self.left.removeAll { $0.effect == event.effect }
    }

    private func judge(_ event: AccessChanged, _ at: Timestamp, _ findings: inout LawFindings) {
        let number = event.update?.caseNumber ?? self.closing
        let isTold = self.told.contains {
            $0.caseNumber == number && $0.at.ms + self.terms.noticeMs <= at.ms
        }
        findings.judge(
            .noLossUnannounced, isTold, "\(at): case \(number): \(event.state.name) without notice")
        if !self.flags.isDisjoint(with: Self.stops.union([.overdueEnforcementOff])) {
            findings.breach(.noLossUnannounced, "\(at): loss though flagged")
        }
    }

    private mutating func settle(_ event: MessageSettled, _ at: Timestamp) {
        let number = event.update.caseNumber
        let index = self.left.lastIndex {
            $0.caseNumber == number && $0.step == event.step && $0.channel == event.channel
        }
        if let index { self.left[index].effect = event.effect }
        if event.wasAccepted {
            self.told.append(Told(caseNumber: number, effect: event.effect, at: at))
        } else if let index {
            self.left.remove(at: index)
        }
        if event.contactIsDead { self.dead.insert(event.channel) }
    }

    private mutating func leaves(
        _ message: Left, isOffer: Bool, _ findings: inout LawFindings
    ) {
        let at = message.at
        let consent = self.consents[
            Consented(channel: message.channel, purpose: isOffer ? .marketing : .transactional)]
        findings.judge(
            .noMessageOutside, isOffer ? consent == true : consent != false,
            "\(at): without consent")
        if !self.flags.isDisjoint(with: Self.stops.union([.noMessages])) {
            findings.breach(.noMessageOutside, "\(at): message though flagged")
        }
        if message.channel != .inApp {
            if !self.profile.contacts.contains(where: { $0.channel == message.channel }) {
                findings.breach(.noMessageOutside, "\(at): no address")
            }
            if self.dead.contains(message.channel) {
                findings.breach(.noMessageOutside, "\(at): dead address")
            }
        }
        self.judgeHours(message.channel, at, hasWindow: true, &findings)
        self.left.append(message)
        for cap in self.terms.caps {
            let recent = self.left.count { $0.at.ms > at.ms - cap.withinMs }
            if recent > Int(cap.touchesMax) {
                findings.breach(.noMessageOutside, "\(at): \(recent) messages in a cap")
            }
        }
    }

    private func judgeHours(
        _ channel: Channel, _ at: Timestamp, hasWindow: Bool, _ findings: inout LawFindings
    ) {
        guard self.terms.isAmerican else {
            let minute = CivilTime(utc: at).minuteOfDay
            if hasWindow, let window = self.terms.windows[channel], !window.contains(minute) {
                findings.breach(.noMessageOutside, "\(at): \(channel) outside the window")
            }
            return
        }
        let window = hasWindow ? self.terms.windows[channel] : nil
        if let wrong = AmericanHours.breach(by: channel, at, of: self.profile, window) {
            findings.breach(.noMessageOutside, "\(at): \(channel) \(wrong)")
        }
    }
}

extension CivilTime {
    var minuteOfDay: Int64 { self.hour * 60 + self.minute }
}
