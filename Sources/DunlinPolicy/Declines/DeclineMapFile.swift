import DunlinCore
import Yams

/// A decline map file, read.
///
///     dunlin: declines/1
///     version: 2026-01-15                # date of the newest row
///     gateway: stripe                    # own files only: whose codes; left out: every gateway's
///     tenant: acme                       # own files only: for whom; left out: for all
///     retry_unmapped: true               # false: an operator must classify a code first
///     unmapped: {class: unmapped, advice: wait, delay: 72h, tries: 2}
///     codes:                             # the gateway's own codes
///       insufficient_funds: {class: softFunds, advice: wait, delay: 0s}
///     codes_of:                          # what they mean for one network's methods
///       ach: {insufficient_funds: {class: softFunds, advice: wait, banking_days: 3, tries: 2}}
///     network_codes:                     # `any`, or a network's own reading of a code
///       any: {"51": {class: softFunds, advice: wait}}
///       mastercard: {"65": {class: authenticationRequired, advice: afterAuthentication}}
///     advice_codes:                      # change what the code said; all fields optional
///       "27": {delay: 4d}
///       "01": {advice: afterCredentialChange, with: {"83": {advice: afterAuthentication}}}
///
/// A merchant's own file is laid over the one that comes with Dunlin: it needs none of the tables,
/// and a row of the same code is replaced.
struct DeclineMapFile {
    static let format = "declines/1"
    static let rowsMax = 4096

    private(set) var map = DeclineMap()
    private(set) var scope = DeclineScope()
    /// `nil` when the file says nothing about codes that are in no table.
    private(set) var unmapped: DeclineMap.Rule?
    let log: FindingLog

    init(text: String, file: String, isOverlay: Bool = false) {
        self.log = FindingLog(file: file)
        var known = [
            "dunlin", "version", "retry_unmapped", "unmapped", "codes", "codes_of",
            "network_codes", "advice_codes",
        ]
        if isOverlay { known += ["gateway", "tenant"] }
        guard let document = YAMLDocument(text, log: self.log),
            let top = Fields(document.root, path: "", known: known, log: self.log),
            hasFormat(Self.format, top)
        else { return }
        self.map.version = top.version(isRequired: false)
        self.scope = DeclineScope(
            gateway: top.node("gateway").flatMap { top.name($0, path: "gateway") } ?? "",
            tenant: top.node("tenant").flatMap { top.scalar($0, path: "tenant") } ?? "")
        self.readUnmapped(top, isOverlay: isOverlay)
        let codes =
            isOverlay
            ? top.node("codes") : top.required("codes", example: "{insufficient_funds: {…}}")
        if let codes { self.map.byCode = self.table(codes, path: "codes", row: self.rule) }
        if let node = top.node("codes_of"),
            let networks = Fields(node, path: "codes_of", log: self.log)
        {
            for (network, node, path) in self.networks(networks, alsoKnown: []) {
                guard let network else { continue }
                self.map.byCodeOf[network] = self.table(node, path: path, row: self.rule)
            }
        }
        if let node = top.node("network_codes"),
            let networks = Fields(node, path: "network_codes", log: self.log)
        {
            self.readNetworks(networks)
        }
        if let node = top.node("advice_codes") {
            self.map.byAdviceCode = self.table(node, path: "advice_codes", row: self.adviceRule)
        }
    }

    private mutating func readUnmapped(_ top: Fields, isOverlay: Bool) {
        let example = "{class: unmapped, advice: wait}"
        let node = isOverlay ? top.node("unmapped") : top.required("unmapped", example: example)
        if let node { self.unmapped = self.rule(node, path: "unmapped") }
        if top.has("retry_unmapped"), !top.flag("retry_unmapped", default: true) {
            self.unmapped = DeclineMap.Rule(declineClass: .unmapped, advice: .afterOperator)
        }
        if let unmapped = self.unmapped { self.map.unmapped = unmapped }
    }

    private mutating func readNetworks(_ networks: Fields) {
        for (network, node, path) in self.networks(networks, alsoKnown: ["any"]) {
            let table = self.table(node, path: path, row: self.rule)
            if let network {
                self.map.byNetworkCodeOf[network] = table
            } else {
                self.map.byNetworkCode = table
            }
        }
    }

    /// The tables by network; `nil` stands for a name of `alsoKnown`.
    private func networks(
        _ networks: Fields, alsoKnown: [String]
    ) -> [(network: PaymentNetwork?, node: Node, path: String)] {
        let known = PaymentNetwork.allCases.filter { $0 != .unknown }
        return networks.keys.compactMap { name in
            let path = networks.path(name)
            guard let node = networks.node(name) else { return nil }
            if alsoKnown.contains(name) { return (nil, node, path) }
            if let network = known.first(where: { $0.name == name }) {
                return (network, node, path)
            }
            self.log.error(
                path, "`\(shown(name))` is no network",
                remedy: nearest(name, of: alsoKnown + known.map(\.name), what: "networks"))
            return nil
        }
    }

    private func table<Row>(
        _ node: Node, path: String, row: (Node, String) -> Row?
    ) -> [String: Row] {
        guard let fields = Fields(node, path: path, log: self.log) else { return [:] }
        guard fields.keys.count <= Self.rowsMax else {
            self.log.error(
                path, "the table has \(fields.keys.count) rows, more than \(Self.rowsMax)",
                remedy: "Shorten it")
            return [:]
        }
        var rows: [String: Row] = [:]
        for code in fields.keys {
            guard (1...DeclineCodes.codeBytesMax).contains(code.utf8.count) else {
                self.log.error(
                    fields.path(code), "a code has 1 to \(DeclineCodes.codeBytesMax) bytes",
                    remedy: "Correct or remove the row")
                continue
            }
            if let value = fields.node(code) { rows[code] = row(value, fields.path(code)) }
        }
        return rows
    }

    private func rule(_ node: Node, path: String) -> DeclineMap.Rule? {
        guard
            let fields = Fields(
                node, path: path,
                known: ["class", "advice", "delay", "banking_days", "tries"], log: self.log)
        else { return nil }
        let declineClass = fields.required("class", example: "softGeneric").flatMap {
            fields.declineClass($0, path: fields.path("class"))
        }
        let advice = fields.required("advice", example: "wait").flatMap {
            self.advice($0, fields)
        }
        let delay = fields.duration("delay", default: 0)
        let days = fields.count("banking_days", default: 0, in: 0...60)
        let tries = fields.count("tries", default: advice == .once ? 1 : 0, in: 0...100)
        guard let declineClass, let advice else { return nil }
        return DeclineMap.Rule(
            declineClass: declineClass, advice: advice, minimumDelayMs: delay,
            minimumBankingDays: days, furtherTriesMax: tries)
    }

    private func adviceRule(_ node: Node, path: String) -> DeclineMap.AdviceRule? {
        guard
            let fields = Fields(
                node, path: path, known: ["class", "advice", "delay", "tries", "with"],
                log: self.log)
        else { return nil }
        return DeclineMap.AdviceRule(
            declineClass: fields.node("class").flatMap {
                fields.declineClass($0, path: fields.path("class"))
            },
            advice: fields.node("advice").flatMap { self.advice($0, fields) },
            minimumDelayMs: fields.duration("delay", default: 0),
            furtherTriesMax: fields.count("tries", default: 0, in: 0...100),
            with: fields.node("with").map {
                self.table($0, path: fields.path("with"), row: self.adviceRule)
            } ?? [:])
    }

    private func advice(_ node: Node, _ fields: Fields) -> RetryAdvice? {
        fields.choice(
            node, path: fields.path("advice"), of: RetryAdvice.allCases.map(\.name),
            what: "advices", read: RetryAdvice.init(name:))
    }
}
