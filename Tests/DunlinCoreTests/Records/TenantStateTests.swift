import DunlinCore
import Testing

@Suite("A tenant's switches")
struct TenantStateTests {
    @Test("a switch that is not named stays as it is")
    func unnamedSwitchesStay() {
        var state = TenantState()
        state.evolve(
            .switched(TenantSwitched(mode: .live, chargesPaused: true)), at: Timestamp(ms: 10),
            position: RecordPosition(op: 1, index: 0))
        state.evolve(
            .switched(TenantSwitched(messagesPaused: true)), at: Timestamp(ms: 20),
            position: RecordPosition(op: 2, index: 1))
        #expect(
            state
                == TenantState(
                    mode: .live, chargesPaused: true, messagesPaused: true,
                    lastAt: Timestamp(ms: 20), lastRecord: RecordPosition(op: 2, index: 1)))
    }

    @Test("a tenant's clock never runs backwards")
    func clockNeverRunsBackwards() {
        var state = TenantState(lastAt: Timestamp(ms: 50))
        state.evolve(
            .switched(TenantSwitched(mode: .observe)), at: Timestamp(ms: 40),
            position: RecordPosition(op: 3, index: 0))
        #expect(state.lastAt == Timestamp(ms: 50))
    }
}
