import DunlinCore
import Yams

/// Reads a world file. See `Resources/world.yaml`, the world that comes with Dunlin.
package struct WorldFile {
    package static let format = "world/1"
    package static let plansMax = 64
    package static let reasonsMax = 64
    package static let codesMax = 16

    fileprivate var world: WorldParameters
    fileprivate let log: FindingLog

    /// The world that comes with Dunlin.
    package static func standard() throws(PolicyError) -> WorldParameters {
        try self.read(BuiltInSources.world, over: WorldParameters())
    }

    /// Reads a file over the world that comes with Dunlin.
    ///
    /// Throws everything that is wrong with it, each with its place and a remedy.
    package static func read(_ text: PolicyText) throws(PolicyError) -> WorldParameters {
        try self.read(text, over: Self.standard())
    }

    private static func read(
        _ text: PolicyText, over base: WorldParameters
    ) throws(PolicyError) -> WorldParameters {
        var file = WorldFile(world: base, log: FindingLog(file: text.file))
        file.read(text.text)
        guard file.log.errorCount == 0 else { throw PolicyError(findings: file.log.ordered) }
        return file.world
    }

    private mutating func read(_ text: String) {
        let known = [
            "dunlin", "start", "grain", "renewals", "plans", "networks", "issuers", "reasons",
            "funds", "holds", "outages", "customers", "score",
        ]
        guard let document = YAMLDocument(text, log: self.log),
            let top = Fields(document.root, path: "", known: known, log: self.log),
            hasFormat(Self.format, top)
        else { return }
        self.readTime(top)
        self.readPlans(top)
        self.readNetworks(top)
        self.readReasons(top)
        self.readFunds(top)
        if let holds = self.section("holds", ["lasts", "during", "after", "swing"], top) {
            self.world.holds = self.trouble(holds, self.world.holds)
        }
        if let outages = self.section("outages", ["lasts", "during", "after"], top) {
            self.world.outages = self.trouble(outages, self.world.outages)
        }
        self.readCustomers(top)
        self.readScore(top)
    }

    private func section(_ key: String, _ known: [String], _ above: Fields) -> Fields? {
        above.node(key).flatMap {
            Fields($0, path: above.path(key), known: known, log: self.log)
        }
    }

    private mutating func readTime(_ top: Fields) {
        if let node = top.node("start"), let text = top.text("start", of: node) {
            if let start = Timestamp(iso8601: text + "T00:00:00Z") {
                self.world.start = start
            } else {
                self.log.error(
                    "start", at: node.position, "`\(shown(text))` is no day",
                    remedy: "Write it as `2026-01-01`")
            }
        }
        let (hour, day) = (Milliseconds.hour, Milliseconds.day)
        self.world.grainMs = top.duration("grain", default: self.world.grainMs, in: hour...day)
        if day % self.world.grainMs != 0 {
            self.log.error(
                "grain", "a day is no whole number of such steps",
                remedy: "Give one of 1h, 2h, 3h, 4h, 6h, 8h, 12h and 1d")
        }
        guard let renewals = self.section("renewals", ["every", "fail"], top) else { return }
        self.world.renewsEveryMs = renewals.duration(
            "every", default: self.world.renewsEveryMs, in: day...(366 * day))
        if self.world.renewsEveryMs % day != 0 {
            self.log.error(
                "renewals.every", "this is no whole number of days", remedy: "Give days, as `30d`")
        }
        self.world.fails = renewals.fraction("fail", default: self.world.fails)
        if let issuers = self.section("issuers", ["count", "hour", "spread"], top) {
            self.world.issuers = issuers.count("count", default: self.world.issuers, in: 1...65536)
            self.world.issuerHour = issuers.number(
                "hour", default: self.world.issuerHour, in: 0...24)
            self.world.issuerSpread = issuers.number(
                "spread", default: self.world.issuerSpread, in: 0...12)
        }
    }

    private mutating func readPlans(_ top: Fields) {
        guard let items = top.items("plans", max: Self.plansMax) else { return }
        var plans: [WorldParameters.Plan] = []
        for item in items {
            let known = ["name", "share", "amount", "currency"]
            guard let plan = Fields(item.node, path: item.path, known: known, log: self.log),
                let node = plan.required("name", example: "basic"),
                let name = plan.name(node, path: plan.path("name")),
                plan.required("amount", example: "999") != nil
            else { continue }
            var currency = Currency.usd
            if let node = plan.node("currency"), let text = plan.text("currency", of: node) {
                if let read = Currency(active: text) {
                    currency = read
                } else {
                    self.log.error(
                        plan.path("currency"), at: node.position, "this is no currency",
                        remedy: "Write the three letters of ISO 4217, `EUR` for instance")
                }
            }
            let amount = plan.count("amount", default: 1, in: 1...100_000_000)
            plans.append(
                WorldParameters.Plan(
                    name: name, share: plan.fraction("share", default: 0),
                    amountMinor: Int64(amount), currency: currency))
        }
        if self.log.errorCount == 0, top.addsUp(plans.map(\.share), path: "plans") {
            self.world.plans = plans
        }
    }

    private mutating func readNetworks(_ top: Fields) {
        let cards = PaymentNetwork.allCases.filter { $0 != .unknown && !$0.isDirectDebit }
        guard let shares = top.shares("networks", of: cards.map(\.name)) else { return }
        self.world.networks = zip(cards, shares).filter { $0.1 > 0 }.map { ($0.0, $0.1) }
    }

    private mutating func readReasons(_ top: Fields) {
        guard let items = top.items("reasons", max: Self.reasonsMax) else { return }
        var reasons: [WorldParameters.Reason] = []
        for item in items {
            let known = ["name", "share", "codes", "causes"]
            guard let fields = Fields(item.node, path: item.path, known: known, log: self.log),
                let node = fields.required("name", example: "funds"),
                let name = fields.name(node, path: fields.path("name")),
                fields.required("codes", example: "[insufficient_funds]") != nil,
                fields.required("causes", example: "{funds: 100%}") != nil
            else { continue }
            let codes = (fields.items("codes", max: Self.codesMax) ?? [])
                .compactMap { fields.name($0.node, path: $0.path) }
            if codes.isEmpty {
                self.log.error(
                    fields.path("codes"), "the list names no code",
                    remedy: "Name one, as `insufficient_funds`")
            }
            let causes = fields.shares(
                "causes", of: WorldParameters.Cause.allCases.map(\.rawValue))
            guard let causes, !codes.isEmpty else { continue }
            reasons.append(
                WorldParameters.Reason(
                    name: name, share: fields.fraction("share", default: 0), codes: codes,
                    causes: causes))
        }
        if self.log.errorCount == 0, top.addsUp(reasons.map(\.share), path: "reasons") {
            self.world.reasons = reasons
        }
    }

    private mutating func readFunds(_ top: Fields) {
        let known = [
            "draws", "cycles", "chronic", "normal", "short", "lift", "there", "gone", "swing",
        ]
        guard let fields = self.section("funds", known, top) else { return }
        var funds = self.world.funds
        if let node = fields.node("draws") {
            let drawn = fields.choice(
                node, path: fields.path("draws"), of: ["per_period", "per_attempt"],
                what: "ways to draw"
            ) { ["per_period": true, "per_attempt": false][$0] }
            funds.drawsPerPeriod = drawn ?? true
        }
        let cycles = WorldParameters.Cycle.allCases.map(\.rawValue)
        funds.cycles = fields.shares("cycles", of: cycles) ?? funds.cycles
        funds.chronic = fields.fraction("chronic", default: funds.chronic)
        funds.normal = self.level("normal", fields, funds.normal)
        funds.short = self.level("short", fields, funds.short)
        funds.lift = fields.number("lift", default: funds.lift, in: 0...10)
        funds.there = fields.fraction("there", default: funds.there)
        funds.gone = fields.fraction("gone", default: funds.gone)
        funds.swing = fields.fraction("swing", default: funds.swing)
        self.world.funds = funds
    }

    private func level(
        _ key: String, _ above: Fields, _ before: WorldParameters.Level
    ) -> WorldParameters.Level {
        guard let fields = self.section(key, ["base", "rise", "fades"], above) else {
            return before
        }
        return WorldParameters.Level(
            base: fields.fraction("base", default: before.base),
            rise: fields.fraction("rise", default: before.rise),
            fadesMs: fields.duration(
                "fades", default: before.fadesMs, in: Milliseconds.hour...DurationText.msMax))
    }

    private func trouble(
        _ fields: Fields, _ before: WorldParameters.Trouble
    ) -> WorldParameters.Trouble {
        WorldParameters.Trouble(
            lastsMs: fields.duration("lasts", default: before.lastsMs),
            during: fields.fraction("during", default: before.during),
            after: fields.fraction("after", default: before.after),
            swing: fields.fraction("swing", default: before.swing))
    }

    private mutating func readCustomers(_ top: Fields) {
        let known = [
            "channels", "reaction", "engagement", "needless", "delay", "fatigue", "spontaneous",
            "new_card_works", "annoyance",
        ]
        guard let fields = self.section("customers", known, top) else { return }
        var customers = self.world.customers
        if fields.has("channels") { customers.channels = fields.channels("channels") }
        let names = Channel.allCases.map(\.name)
        if let reaction = self.section("reaction", names, fields) {
            for channel in Channel.allCases {
                let place = Int(channel.rawValue)
                customers.reaction[place] = reaction.fraction(
                    channel.name, default: customers.reaction[place])
            }
        }
        let shape = ["alpha", "beta", "least", "span"]
        if let engagement = self.section("engagement", shape, fields) {
            customers.alpha = engagement.number(
                "alpha", default: customers.alpha, in: 0.1...100)
            customers.beta = engagement.number("beta", default: customers.beta, in: 0.1...100)
            customers.least = engagement.number("least", default: customers.least, in: 0...10)
            customers.span = engagement.number("span", default: customers.span, in: 0...10)
        }
        customers.needless = fields.fraction("needless", default: customers.needless)
        customers.delayMs = fields.duration("delay", default: customers.delayMs)
        customers.fatigue = fields.fraction("fatigue", default: customers.fatigue)
        if let spontaneous = self.section("spontaneous", ["share", "within"], fields) {
            customers.spontaneous = spontaneous.fraction("share", default: customers.spontaneous)
            customers.spontaneousWithinMs = spontaneous.duration(
                "within", default: customers.spontaneousWithinMs)
        }
        customers.newCardWorks = fields.fraction(
            "new_card_works", default: customers.newCardWorks)
        if let annoyance = self.section("annoyance", ["cancel", "growth"], fields) {
            customers.cancel = annoyance.fraction("cancel", default: customers.cancel)
            customers.cancelGrowth = annoyance.fraction(
                "growth", default: customers.cancelGrowth)
        }
        self.world.customers = customers
    }

    private mutating func readScore(_ top: Fields) {
        let known = ["attempt", "lost_customer"] + Channel.allCases.map(\.name)
        guard let fields = self.section("score", known, top) else { return }
        let minorMax: UInt32 = 100_000_000
        func minor(_ key: String, _ before: Int64) -> Int64 {
            fields.has(key) ? Int64(fields.count(key, default: 0, in: 0...minorMax)) : before
        }
        self.world.score.attemptMinor = minor("attempt", self.world.score.attemptMinor)
        self.world.score.lostCustomerMinor = minor(
            "lost_customer", self.world.score.lostCustomerMinor)
        for channel in Channel.allCases {
            let place = Int(channel.rawValue)
            self.world.score.messageMinor[place] = minor(
                channel.name, self.world.score.messageMinor[place])
        }
    }
}
