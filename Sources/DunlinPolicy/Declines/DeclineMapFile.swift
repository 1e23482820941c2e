import DunlinCore
import Yams

/// A decline map file, read.
///
///     dunlin: declines/1
///     unmapped: {class: unmapped, advice: wait, delay: 72h, tries: 2}
///     codes:                             # the gateway's own codes
///       insufficient_funds: {class: softFunds, advice: wait, delay: 0s}
///     network_codes:                     # `any`, or a network's own reading of a code
///       any: {"51": {class: softFunds, advice: wait}}
///       mastercard: {"65": {class: authenticationRequired, advice: afterAuthentication}}
///     advice_codes:                      # change what the code said; all fields optional
///       "27": {delay: 4d}
struct DeclineMapFile {
    static let format = "declines/1"
    static let rowsMax = 4096

    private(set) var map = DeclineMap()
    let log: FindingLog

    init(text: String, file: String) {
        self.log = FindingLog(file: file)
        let known = ["dunlin", "unmapped", "codes", "network_codes", "advice_codes"]
        guard let document = YAMLDocument(text, log: self.log),
            let top = Fields(document.root, path: "", known: known, log: self.log),
            hasFormat(Self.format, top)
        else { return }
        if let node = top.required("unmapped", example: "{class: unmapped, advice: wait}"),
            let rule = self.rule(node, path: "unmapped")
        {
            self.map.unmapped = rule
        }
        if let node = top.required("codes", example: "{insufficient_funds: {…}}") {
            self.map.byCode = self.table(node, path: "codes", row: self.rule)
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

    private mutating func readNetworks(_ networks: Fields) {
        let known = PaymentNetwork.allCases.filter { $0 != .unknown }
        for name in networks.keys {
            let path = networks.path(name)
            guard let node = networks.node(name) else { continue }
            if name == "any" {
                self.map.byNetworkCode = self.table(node, path: path, row: self.rule)
            } else if let network = known.first(where: { $0.name == name }) {
                self.map.byNetworkCodeOf[network] = self.table(node, path: path, row: self.rule)
            } else {
                self.log.error(
                    path, "`\(shown(name))` is no card network",
                    remedy: nearest(name, of: ["any"] + known.map(\.name), what: "networks"))
            }
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
                node, path: path, known: ["class", "advice", "delay", "tries"], log: self.log)
        else { return nil }
        let declineClass = fields.required("class", example: "softGeneric").flatMap {
            fields.declineClass($0, path: fields.path("class"))
        }
        let advice = fields.required("advice", example: "wait").flatMap {
            self.advice($0, fields)
        }
        let delay = fields.duration("delay", default: 0)
        let tries = fields.count("tries", default: advice == .once ? 1 : 0, in: 0...100)
        guard let declineClass, let advice else { return nil }
        return DeclineMap.Rule(
            declineClass: declineClass, advice: advice, minimumDelayMs: delay,
            furtherTriesMax: tries)
    }

    private func adviceRule(_ node: Node, path: String) -> DeclineMap.AdviceRule? {
        guard
            let fields = Fields(
                node, path: path, known: ["class", "advice", "delay"], log: self.log)
        else { return nil }
        return DeclineMap.AdviceRule(
            declineClass: fields.node("class").flatMap {
                fields.declineClass($0, path: fields.path("class"))
            },
            advice: fields.node("advice").flatMap { self.advice($0, fields) },
            minimumDelayMs: fields.duration("delay", default: 0))
    }

    private func advice(_ node: Node, _ fields: Fields) -> RetryAdvice? {
        fields.choice(
            node, path: fields.path("advice"), of: RetryAdvice.allCases.map(\.name),
            what: "advices", read: RetryAdvice.init(name:))
    }
}
