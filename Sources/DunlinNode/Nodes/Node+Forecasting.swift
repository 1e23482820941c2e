package import DunlinCore
package import DunlinPorts

extension Node {
    package func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast] {
        guard !events.isEmpty else { return [] }
        var states: [EntityKey: AccountState] = [:]
        for (event, view) in zip(events, try await self.accounts(events.map(\.key))) {
            states[event.key] = view?.state ?? AccountState()
        }
        var contexts: [String: DecisionContext] = [:]
        var tenants: [String: TenantHandle] = [:]
        for (tenant, context) in self.contexts() {
            contexts[tenant.name] = context
            tenants[tenant.name] = tenant
        }
        let now = self.runtime.clock.now()
        return events.map { event in
            var event = event
            guard IntakeCheck.refusal(of: event, in: tenants[event.key.tenant]) == nil,
                let context = contexts[event.key.tenant]
            else { return IntakeForecast(outcome: .refused) }
            IntakeCheck.mask(&event)
            return IntakeForecast.of(
                event, state: &states[event.key, default: AccountState()], context: context,
                now: now)
        }
    }
}
