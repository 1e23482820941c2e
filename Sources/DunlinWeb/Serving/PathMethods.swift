import Hummingbird

/// Which methods an address knows, to tell a wrong method (405) from a wrong address (404).
struct PathMethods: Sendable {
    private let patterns: [(method: HTTPRequest.Method, parts: [Substring])]

    /// `routes`: Patterns as the router takes them: `/v1/accounts/{account}`.
    init(_ routes: [(HTTPRequest.Method, String)]) {
        self.patterns = routes.map { ($0.0, $0.1.split(separator: "/")) }
    }

    /// The methods of `path`, each once; empty for an address that does not exist.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        var found: [HTTPRequest.Method] = []
        for pattern in self.patterns where Self.matches(parts, pattern.parts) {
            let methods: [HTTPRequest.Method] =
                pattern.method == .get ? [.get, .head] : [pattern.method]
            found += methods.filter { !found.contains($0) }
        }
        return found
    }

    private static func matches(_ parts: [Substring], _ pattern: [Substring]) -> Bool {
        parts.count == pattern.count
            && zip(parts, pattern).allSatisfy { $1.hasPrefix("{") || $0 == $1 }
    }
}
