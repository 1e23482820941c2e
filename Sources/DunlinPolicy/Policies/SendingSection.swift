import DunlinCore
import Yams

/// `sending:` of a policy.
struct SendingSection {
    private(set) var rules = SendingRules()

    private static let known = ["caps", "one_sequence", "silent_tries", "windows"]
    private static let touchesMax: UInt32 = 60
    private static let silentTriesMax: UInt32 = 64

    init(_ policy: Fields) {
        guard let node = policy.node("sending"),
            let fields = Fields(
                node, path: policy.path("sending"), known: Self.known, log: policy.log)
        else { return }
        for item in fields.items("caps", max: SendingRules.capsMax) ?? [] {
            guard
                let cap = Fields(
                    item.node, path: item.path, known: ["touches", "within"], log: policy.log)
            else { continue }
            let touches = cap.required("touches", example: "1").flatMap {
                cap.count($0, path: cap.path("touches"), in: 1...Self.touchesMax)
            }
            let within = cap.required("within", example: "24h").flatMap {
                cap.duration(
                    $0, path: cap.path("within"),
                    in: Milliseconds.minute...FrequencyCap.withinMsMax)
            }
            guard let touches, let within else { continue }
            self.rules.caps.append(FrequencyCap(touchesMax: touches, withinMs: within))
        }
        self.rules.oneSequence = fields.flag("one_sequence", default: false)
        self.rules.silentTries = fields.count(
            "silent_tries", default: 0, in: 0...Self.silentTriesMax)
        guard let windows = fields.node("windows"),
            let byChannel = Fields(
                windows, path: fields.path("windows"), known: Channel.allCases.map(\.name),
                log: policy.log)
        else { return }
        for channel in Channel.allCases {
            guard let node = byChannel.node(channel.name) else { continue }
            self.rules.windows[channel] = byChannel.dayWindow(
                node, path: byChannel.path(channel.name))
        }
    }
}
