import ArgumentParser
import DunlinCluster
import DunlinWeb
import Foundation

struct CertificateCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs", abstract: "Makes certificates for trying TLS out.",
        subcommands: [CertificatesCreate.self])
}

struct CertificatesCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes an authority, and a certificate for each node, coordinator and person.",
        discussion: """
            With openssl. For production use an authority of your own and give it the same names: \
            the role that a certificate has is its URI, spiffe://CLUSTER/node/a, \
            …/coordinator/co-1, …/operator/cli or …/reader/reader. Nodes and coordinators are \
            reached as localhost, 127.0.0.1, by their own name, and as each of --hosts.

            All files can be opened by their owner only. An authority that is there already in the \
            folder is used again, so that nodes can be added; no file is overwritten.
            """)

    @Option(help: ArgumentHelp("The folder; made when it is missing.", valueName: "folder"))
    var dir: String

    @Option(help: ArgumentHelp("The cluster's name, for people.", valueName: "name"))
    var cluster = "dunlin"

    @Option(help: ArgumentHelp("Nodes, by their names.", valueName: "a,b,…"))
    var nodes = "a,b,c"

    @Option(help: ArgumentHelp("Coordinators, by their names.", valueName: "a,b,…"))
    var coordinators = "co-1"

    @Option(help: ArgumentHelp("People who operate the cluster.", valueName: "a,b,…"))
    var operators = "cli"

    @Option(help: ArgumentHelp("People who look at the cluster.", valueName: "a,b,…"))
    var readers = "reader"

    @Option(
        help: ArgumentHelp(
            "Further names or addresses of nodes and coordinators.", valueName: "host,…"))
    var hosts = ""

    @Option(help: "For how many days they are good.")
    var days = 90

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...3650).contains(self.days) else {
            throw ValidationError("--days is 1 to 3650.")
        }
        let cluster = self.cluster.utf8
        guard (1...63).contains(cluster.count),
            cluster.allSatisfy({
                (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46
            })
        else { throw ValidationError("--cluster is 1 to 63 of a-z, 0-9, . and -.") }
        for bearer in self.bearers where NodeID(bearer.name) == nil {
            throw ValidationError(
                "`\(bearer.name)`: a name is 1 to 63 of a-z, 0-9 and -, and begins with a letter.")
        }
        let names = self.bearers.map(\.name)
        guard Set(names).count == names.count, !names.contains("ca") else {
            throw ValidationError("Each name is used once, and `ca` is the authority's.")
        }
    }

    private var bearers: [DevelopmentAuthority.Bearer] {
        let roles = [
            ("node", self.nodes, true), ("coordinator", self.coordinators, true),
            ("operator", self.operators, false), ("reader", self.readers, false),
        ]
        return roles.flatMap { role, names, isReached in
            Self.split(names).map {
                DevelopmentAuthority.Bearer(name: $0, role: role, isReached: isReached)
            }
        }
    }

    private static func split(_ list: String) -> [String] {
        list.split(separator: ",").map(String.init)
    }

    func run() async throws {
        let authority = DevelopmentAuthority(
            folder: self.dir, cluster: self.cluster, hosts: Self.split(self.hosts),
            days: self.days)
        try await authority.prepare()
        var made: [JSONValue] = []
        for bearer in self.bearers {
            let isNew = try await authority.issue(bearer)
            made.append([
                "name": .string(bearer.name), "role": .string(bearer.role),
                "certificate": .string("\(self.dir)/\(bearer.name).pem"),
                "key": .string("\(self.dir)/\(bearer.name).key"), "new": .bool(isNew),
            ])
            guard !self.output.json else { continue }
            Console.write(
                isNew
                    ? "\(self.dir)/\(bearer.name).pem, \(bearer.name).key: \(bearer.role)"
                    : "\(self.dir)/\(bearer.name).pem is there already; left as it is")
        }
        if self.output.json {
            Console.write([
                "authority": .string("\(self.dir)/ca.pem"), "certificates": .array(made),
            ])
        }
    }
}
