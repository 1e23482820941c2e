import DunlinCluster
import DunlinCoordinator
import DunlinNode
import DunlinPorts
import DunlinWire

/// What a member's listener answers: its own calls, and operators' questions to the coordinator and
/// about other nodes, which it hands on, so that any node will do for them.
///
/// A call to the coordinator goes on as its caller's: see ``VouchedCaller``.
struct MemberListener: CallHandler {
    let member: MemberCallServer
    let coordinator: RemoteCoordinator
    let membership: Membership
    let router: ClusterRouter?

    var apis: [Api] { self.member.apis + VouchedCaller.calls }

    func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        if VouchedCaller.calls.contains(call.api) { return try await self.handOn(call) }
        if call.api == ReplicaCalls.member, let answer = try await self.otherMember(call) {
            return answer
        }
        return try await self.member.answer(call)
    }

    func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        try await self.member.stream(call, to: sink)
    }

    /// Who asks must not take a dead coordinator for a dead node.
    private func handOn(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        do throws(CallError) {
            return try await self.coordinator.handOn(call)
        } catch {
            let unheardMs = self.membership.unheardMs
            guard error.status == .unavailable,
                unheardMs ?? .max > LeaseTerms.standard.termMs
            else { throw error }
            throw CallError(.unavailable, NoCoordinator.message(unheardMs: unheardMs))
        }
    }

    /// `nil` for a question about this node.
    private func otherMember(_ call: InboundCall) async throws(CallError) -> [UInt8]? {
        let view: MemberView?
        do throws(WireError) {
            guard let router = self.router, let node = try MemberCall.node(packed: call.body) else {
                return nil
            }
            view = await router.member(node)
            if let view { return try MemberCall.reply(view) }
        } catch {
            throw CallError(.invalidArgument, error.detail)
        }
        throw CallError(.unavailable, "That node does not answer.")
    }
}
