import DunlinCore
import DunlinPorts
import Synchronization

// Where a gateway's rate is limited, every node knows what is ahead of the whole cluster, and plans
// of policies with a jitter go to where least falls due.

extension Node {
    /// Of the published forecast, in ms of domain time.
    static let forecastSliceMs = 5 * Milliseconds.minute
    /// Between two forecasts, in real ms.
    static let forecastEveryMs: Int64 = 10_000

    /// Some tenant's gateway has a limit.
    var shapesLoad: Bool { self.tenants.contains { $0.pace != nil } }

    /// Hands what is ahead to the decisions of tenants whose gateway has a limit.
    func publish(_ timers: TimersView) async {
        let forecast = LoadForecast(
            sliceMs: Self.forecastSliceMs, slices: timers.slices.map { ($0.from, $0.count) })
        let isNew = self.forecastBox.withLock { known in
            guard known != forecast else { return false }
            known = forecast
            return true
        }
        if isNew { await self.installEverywhere() }
    }

    /// For a node that is a whole cluster, until it drains.
    func forecastInTurns() async {
        while self.phase == .ready || self.phase == .starting {
            if let timers = try? await self.timers(sliceMs: Self.forecastSliceMs) {
                await self.publish(timers)
            }
            await self.waitForForecast()
        }
    }

    /// In short steps, so that a node that drains does not wait for it.
    private func waitForForecast() async {
        var waitedMs: Int64 = 0
        while waitedMs < Self.forecastEveryMs, self.phase == .ready || self.phase == .starting {
            await self.pause(ms: 200)
            waitedMs += 200
        }
    }
}
