import DunlinCore
import DunlinPorts
import Hummingbird

extension WebRouter {
    /// `GET /v1/accounts/{account}/export`: everything that is held about the customer.
    func exportAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let key = try self.key(context, holding: .personal)
        guard let export = try await AccountExport(of: key, from: self.node) else {
            throw Problem.accountNotFound
        }
        return Self.json(.ok, export.json)
    }

    /// `POST /v1/accounts/{account}/erase`: destroys the account's sealing key.
    func eraseAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let key = try self.key(context, holding: .personal)
        guard let answer = try await self.node.operate(key, OperatorRequest(verb: .erase)) else {
            throw Problem.accountNotFound
        }
        return Self.json(.ok, answer.json)
    }
}
