package import DunlinCore
package import DunlinPorts

extension Node {
    package func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons? {
        guard let view = try await self.accounts([key]).first ?? nil else { return nil }
        guard let context = self.contexts().first(where: { $0.0.name == key.tenant })?.1 else {
            throw NodeError(
                .failedPrecondition, "the tenant is not configured here: nothing is planned for it")
        }
        return AccountReasons.of(view.state, account: key, context: context, now: view.asOf)
    }
}
