import ArgumentParser

/// One node, or several of one cluster, of which any will do: `HOST:PORT,HOST:PORT`.
struct Endpoints: ExpressibleByArgument, CustomStringConvertible {
    static let standard = Endpoints(all: [.standard])

    /// At least one; the first is asked first.
    let all: [Endpoint]

    private init(all: [Endpoint]) {
        self.all = all
    }

    init(_ one: Endpoint) {
        self.all = [one]
    }

    init?(argument: String) {
        let all = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            Endpoint(argument: String($0))
        }
        guard !all.isEmpty, !all.contains(where: { $0 == nil }) else { return nil }
        self.all = all.compactMap(\.self)
    }

    var description: String { self.all.map(\.description).joined(separator: ",") }

    var defaultValueDescription: String { self.description }
}
