import DunlinWeb
import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP listener as a service; says which option is at fault when it cannot listen.
struct WebService: Service {
    private let server: WebServer
    private let endpoint: Endpoint

    init(router: WebRouter, endpoint: Endpoint, logger: Logger) throws {
        self.endpoint = endpoint
        do {
            self.server = try WebServer(router: router, logger: logger) { port in
                logger.notice("http", metadata: ["port": "\(port)"])
            }
        } catch {
            throw Failure("--http \(endpoint): \(error)")
        }
    }

    func run() async throws {
        do {
            try await self.server.run()
        } catch let error as IOError {
            throw Failure(
                "--http \(self.endpoint) cannot be listened on: \(error.localizedDescription);"
                    + " choose another port, or end what uses it")
        }
    }
}
