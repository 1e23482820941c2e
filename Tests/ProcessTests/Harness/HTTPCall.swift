import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// An answer, read whole.
struct HTTPAnswer {
    let status: Int
    let contentType: String
    let body: String

    var json: JSON { (try? JSON(parsing: self.body)) ?? .null }
}

/// One HTTP call on the loopback address.
enum HTTPCall {
    private static let bodyBytesMax = 16 * 1024 * 1024

    static func get(_ url: String, headers: [(String, String)] = []) async throws -> HTTPAnswer {
        try await Self.send(.GET, url, body: nil, headers: headers)
    }

    static func post(
        _ url: String, json: String, headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        try await Self.send(
            .POST, url, body: json, headers: [("Content-Type", "application/json")] + headers)
    }

    /// Posts a form; the names are taken as they are (`items[0][plan]`).
    static func post(
        _ url: String, form: [(String, String)], headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        let text = form.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }
            .joined(separator: "&")
        return try await Self.send(
            .POST, url, body: text,
            headers: [("Content-Type", "application/x-www-form-urlencoded")] + headers)
    }

    /// Any method, with no content type.
    static func send(_ method: String, _ url: String, body: String?) async throws -> HTTPAnswer {
        try await Self.send(HTTPMethod(rawValue: method), url, body: body, headers: [])
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private static func send(
        _ method: HTTPMethod, _ url: String, body: String?, headers: [(String, String)]
    ) async throws -> HTTPAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: Self.bodyBytesMax)
        return HTTPAnswer(
            status: Int(response.status.code),
            contentType: response.headers.first(name: "Content-Type") ?? "",
            body: String(buffer: bytes))
    }
}
