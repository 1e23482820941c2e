package import DunlinCore
package import DunlinPorts

extension ClusterRouter {
    /// Each node tells of the accounts that it leads; nothing is done, so nothing is tried again.
    package func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast] {
        var forecasts = Array(
            repeating: IntakeForecast(outcome: .nothing), count: events.count)
        for (owner, places) in self.byOwner(Array(events.indices), events.map(\.key)) {
            guard let service = self.service(owner) else {
                throw NodeError(
                    .unavailable,
                    "nobody leads a shard of these now; try again in a few seconds")
            }
            let found = try await service.forecast(places.map { events[$0] })
            for (place, forecast) in zip(places, found) { forecasts[place] = forecast }
        }
        return forecasts
    }
}
