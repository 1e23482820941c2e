import DunlinCoordinator
import DunlinNode
import DunlinPorts
import DunlinWire

/// What a member's listener answers: its own calls, and operators' questions to the coordinator,
/// which it hands on, so that any node will do for them.
struct MemberListener: CallHandler {
    let member: MemberCallServer
    let coordinator: CoordinatorCallServer

    /// What is handed on: nothing that only a node may ask.
    private static let handedOn = [
        CoordinatorCalls.map, CoordinatorCalls.operate, CoordinatorCalls.status,
    ]

    var apis: [Api] { self.member.apis + Self.handedOn }

    func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        if Self.handedOn.contains(call.api) { return try await self.coordinator.answer(call) }
        return try await self.member.answer(call)
    }

    func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        try await self.member.stream(call, to: sink)
    }
}
