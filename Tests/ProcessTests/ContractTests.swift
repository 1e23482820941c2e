import Foundation
import Testing

extension ProcessTests {
    /// The outside contract: names that others rely on, and how each says what is wrong.
    @Suite(.serialized) struct ContractTests {
        // MARK: Commands

        /// A command's words, and what it is to do.
        struct Row: Sendable, CustomTestStringConvertible {
            let words: String
            /// It talks to a node.
            var isConnected = true
            var code: Int32 = 0
            /// What stderr must hold when the code is not 0.
            var word = ""
            var list: [String] { self.words.split(separator: " ").map(String.init) }
            var testDescription: String { self.words }
        }

        /// Every command, with words that succeed after ``failure`` was sent; in an order that
        /// leaves the node as it was.
        static let good = [
            Row(words: "account show acct-1"), Row(words: "account timeline acct-1 --limit 5"),
            Row(words: "account explain acct-1"), Row(words: "explain acct-1"),
            Row(words: "case list --phase retrying"),
            Row(words: "case operate pause acct-1"),
            Row(words: "case operate resume acct-1 --case 1"),
            Row(words: "shard list"), Row(words: "timers"), Row(words: "timers --histogram"),
            Row(words: "node status"), Row(words: "clock show"), Row(words: "clock advance 1h"),
            Row(words: "clock set 2026-01-01T02:00:00Z"), Row(words: "pause charges"),
            Row(words: "pause messages --tenant main"), Row(words: "resume all"),
            Row(words: "tenant observe main"), Row(words: "tenant live main"),
            Row(words: "report"), Row(words: "report --since 30d"),
            Row(words: "policy check SCRATCH/policy.yaml", isConnected: false),
            Row(words: "policy apply SCRATCH/policy.yaml"),
            Row(words: "import SCRATCH/backlog.jsonl --dry-run"),
            Row(words: "import SCRATCH/backlog.jsonl"),
        ]

        static let bad = [
            Row(words: "account show", code: 64, word: "<id>"),
            Row(words: "account show nobody", code: 1, word: "no account"),
            Row(words: "account timeline nobody", code: 1, word: "no account"),
            Row(words: "account timeline acct-1 --limit 0", code: 64, word: "--limit"),
            Row(words: "explain nobody", code: 1, word: "no account"),
            Row(words: "case list --phase none", code: 64, word: "retrying"),
            Row(words: "case list --after x", code: 64, word: "--after"),
            Row(words: "case operate pause nobody", code: 1, word: "no account"),
            Row(words: "case operate dance acct-1", code: 64, word: "attempt-now"),
            Row(words: "case operate pause acct-1 --case 99", code: 1, word: "no such case"),
            Row(words: "timers --slice 3x", code: 64, word: "--slice"),
            Row(words: "clock advance", code: 64, word: "<span>"),
            Row(words: "clock advance 0d", code: 64, word: "3d"),
            Row(words: "clock set yesterday", code: 64, word: "<instant>"),
            Row(words: "clock set 2025-01-01", code: 1, word: "never goes back"),
            Row(words: "pause nothing", code: 64, word: "charges"),
            Row(words: "pause all --tenant nobody", code: 1, word: "tenant"),
            Row(words: "tenant live nobody", code: 1, word: "tenant"),
            Row(words: "report --since someday", code: 64, word: "--since"),
            Row(words: "policy check SCRATCH/none.yaml", isConnected: false, code: 1, word: "none"),
            Row(
                words: "policy check SCRATCH/bad.yaml", isConnected: false, code: 1,
                word: "bad.yaml:9:"),
            Row(words: "policy apply SCRATCH/bad.yaml", code: 1, word: "payment_failed"),
            Row(words: "import SCRATCH/none.csv", code: 1, word: "none.csv"),
            Row(words: "import SCRATCH/policy.yaml", code: 64, word: "--format"),
            Row(words: "import stripe", code: 1, word: "STRIPE_API_KEY"),
            Row(words: "stripe check", isConnected: false, code: 1, word: "STRIPE_API_KEY"),
            Row(words: "load ladder", isConnected: false, code: 64, word: "--in-process"),
            Row(words: "load world", isConnected: false, code: 64, word: "--in-process"),
            Row(
                words: "load world --reference --world SCRATCH/none.yaml", isConnected: false,
                code: 1, word: "none.yaml"),
            Row(
                words: "load compare SCRATCH/none.yaml x", isConnected: false, code: 1, word: "none"
            ),
            Row(words: "verify --data SCRATCH/none", isConnected: false, code: 1, word: "--data"),
            Row(words: "verify --data DATA", isConnected: false, code: 1, word: "in use"),
            Row(words: "dev", isConnected: false, code: 64, word: "--data"),
            Row(words: "dev --data DATA", isConnected: false, code: 1, word: "in use"),
            Row(words: "frobnicate", isConnected: false, code: 64, word: "frobnicate"),
        ]

        /// A second node that cannot listen: its own error, not a trap.
        static let refusedNodes = [
            Row(words: "--listen TAKEN --http FREE", isConnected: false, code: 1, word: "TAKEN"),
            Row(words: "--listen FREE --http TAKEN", isConnected: false, code: 1, word: "--http"),
            Row(
                words: "--listen FREE --http 0.0.0.0:1", isConnected: false, code: 1,
                word: "--insecure"),
            Row(
                words: "--listen 0.0.0.0:1 --http FREE", isConnected: false, code: 1,
                word: "--insecure"),
            Row(
                words: "--config SCRATCH/bad-config.yaml", isConnected: false, code: 1,
                word: "bad.yaml:9:"),
        ]

        static let policy = """
            dunlin: policy/1
            policies:
              mine:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: first
                    channel: email
                    # A line on purpose.
                    template: payment_failed
                    trigger: {after_open: 0s}
                access:
                  steps: [{state: warned, after: 0s}]
                ending: {after: 9d, actions: [keepOpen]}

            """

        static func prepare(_ scratch: Scratch) throws {
            _ = try scratch.write("policy.yaml", Self.policy)
            let typo = Self.policy.replacingOccurrences(of: "payment_failed", with: "paiment")
            _ = try scratch.write("bad.yaml", typo)
            _ = try scratch.write(
                "bad-config.yaml",
                """
                policies: [bad.yaml]
                tenants:
                  main:
                    webhooks:
                      - {url: "http://127.0.0.1:1/hook", secret: \(StripeTenant.merchantSecret)}

                """)
            _ = try scratch.write(
                "backlog.jsonl", IntakeTests.failure(of: "from-a-file") + "\n")
        }

        static func words(_ row: Row, _ scratch: Scratch, _ node: DunlinProcess) -> [String] {
            let words = row.list.map {
                $0.replacingOccurrences(of: "SCRATCH", with: scratch.path)
                    .replacingOccurrences(of: "DATA", with: node.data)
            }
            return words + (row.isConnected ? ["--connect", node.node] : [])
        }

        @Test func `every command does its work, in words and as JSON`() async throws {
            try await Self.withNode { scratch, node in
                for row in Self.good {
                    let words = Self.words(row, scratch, node)
                    let told = try await run(BuildFolder.dunlin, words, scratch: scratch)
                    #expect(told.code == 0, "\(row.words): \(told.errors)")
                    #expect(!told.output.isEmpty, "\(row.words)")
                    // Moving the clock to where it is, and a pause of what is paused, are good too.
                    let asked = try await run(
                        BuildFolder.dunlin, words + ["--json"], scratch: scratch)
                    #expect(asked.code == 0, "\(row.words): \(asked.errors)")
                    #expect(throws: Never.self, "\(row.words)") { try JSON(parsing: asked.output) }
                }
            }
        }

        @Test func `every command says on stderr what is wrong and ends with its code`()
            async throws
        {
            try await Self.withNode { scratch, node in
                for row in Self.bad {
                    for isJSON in row.code == 64 ? [false] : [false, true] {
                        let result = try await run(
                            BuildFolder.dunlin,
                            Self.words(row, scratch, node) + (isJSON ? ["--json"] : []),
                            scratch: scratch)
                        #expect(result.code == row.code, "\(row.words): \(result.errors)")
                        #expect(!result.errors.isEmpty, "\(row.words)")
                        // Findings of a file are data: with --json they are on stdout.
                        let told = result.errors + (isJSON ? result.output : "")
                        let word = isJSON ? row.word.replacing(":9:", with: "") : row.word
                        #expect(told.contains(word), "\(row.words): \(told)")
                    }
                }
                let nobody = "127.0.0.1:\(try LoopbackPorts.free())"
                for row in Self.good where row.isConnected {
                    let words = Self.words(row, scratch, node).dropLast() + [nobody]
                    let result = try await run(BuildFolder.dunlin, Array(words), scratch: scratch)
                    #expect(result.code == 1, "\(row.words): \(result.errors)")
                    #expect(result.errors.contains(nobody), "\(row.words): \(result.errors)")
                }
                try await Self.checkRefusedNodes(scratch, node)
                #expect(try await node.isReady())
            }
        }

        private static func checkRefusedNodes(
            _ scratch: Scratch, _ node: DunlinProcess
        ) async throws {
            for (index, row) in Self.refusedNodes.enumerated() {
                let free = "127.0.0.1:\(try LoopbackPorts.free())"
                let taken =
                    row.words.hasSuffix("TAKEN") ? String(node.http.dropFirst(7)) : node.node
                let words = row.list.map {
                    $0.replacingOccurrences(of: "TAKEN", with: taken)
                        .replacingOccurrences(of: "FREE", with: free)
                        .replacingOccurrences(of: "SCRATCH", with: scratch.path)
                }
                let result = try await run(
                    BuildFolder.dunlin,
                    ["dev", "--data", scratch.file("refused-\(index)")] + words, scratch: scratch)
                #expect(result.code == 1, "\(row.words): \(result.errors)")
                let word = row.word == "TAKEN" ? taken : row.word
                #expect(result.errors.contains(word), "\(row.words): \(result.errors)")
            }
        }

        /// Commands that only hold others.
        static let groups: Set = [
            "account", "case", "shard", "node", "clock", "tenant", "policy", "import", "stripe",
            "load",
        ]

        @Test func `every command has its help`() async throws {
            try await Scratch.with { scratch in
                var groups: Set<[String]> = [[]]
                for row in Self.good + Self.bad where row.words != "frobnicate" {
                    let words = row.list
                    groups.insert([words[0]])
                    if Self.groups.contains(words[0]), words.count > 1, words[0] != "import" {
                        groups.insert([words[0], words[1]])
                    }
                }
                groups.formUnion([["import", "file"], ["import", "stripe"]])
                for words in groups.sorted(by: { $0.joined() < $1.joined() }) {
                    let result = try await run(
                        BuildFolder.dunlin, words + ["--help"], scratch: scratch)
                    #expect(result.code == 0, "\(words)")
                    #expect(result.output.contains("USAGE: dunlin"), "\(words)")
                }
            }
        }

        // MARK: Over TLS

        @Test func `commands and callers reach a node that speaks TLS, and nobody else does`()
            async throws
        {
            try await Scratch.with { scratch in
                try Self.makeCertificates(scratch)
                let config = try scratch.write(
                    "tls.yaml",
                    "tls: {certificate: node.pem, key: node.key, client_authority: ca.pem}\n")
                let node = try DunlinProcess(scratch: scratch, config: config)
                let own = [
                    "--ca", scratch.file("ca.pem"), "--certificate", scratch.file("client.pem"),
                    "--key", scratch.file("client.key"),
                ]
                try await node.whileRunning(
                    ready: {
                        try await run(
                            BuildFolder.dunlin, ["node", "status", "--connect", node.node] + own,
                            scratch: scratch
                        ).code == 0
                    },
                    { node in
                        let strangers = [[], ["--ca", scratch.file("ca.pem")], ["--tls"]]
                        for options in strangers {
                            let result = try await run(
                                BuildFolder.dunlin,
                                ["node", "status", "--connect", node.node] + options,
                                scratch: scratch)
                            #expect(result.code == 1, "\(options)")
                            #expect(result.errors.contains(node.node), "\(result.errors)")
                        }
                        let reader = [
                            "--ca", scratch.file("ca.pem"), "--certificate",
                            scratch.file("reader.pem"), "--key", scratch.file("reader.key"),
                        ]
                        let looked = try await run(
                            BuildFolder.dunlin,
                            ["node", "status", "--connect", node.node] + reader,
                            scratch: scratch)
                        #expect(looked.code == 0, "\(looked.errors)")
                        let paused = try await run(
                            BuildFolder.dunlin, ["pause", "all", "--connect", node.node] + reader,
                            scratch: scratch)
                        #expect(paused.code != 0, "a reader's certificate changes nothing")
                        #expect(paused.errors.contains("role"), "\(paused.errors)")
                        let halved = try await run(
                            BuildFolder.dunlin,
                            ["node", "status", "--certificate", scratch.file("client.pem")],
                            scratch: scratch)
                        #expect(halved.code == 64)
                        let plain = try? await node.get("/healthz")
                        #expect(plain?.status != 200, "the API is not there without TLS")
                    })
            }
        }

        /// An authority, and what it gave to a node and a client.
        private static func makeCertificates(_ scratch: Scratch) throws {
            let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
            try openssl(
                ["req", "-x509", "-days", "2", "-subj", "/CN=ca"] + curve + [
                    "-keyout", scratch.file("ca.key"), "-out", scratch.file("ca.pem"),
                ])
            for (name, role) in [("node", "node"), ("client", "operator"), ("reader", "reader")] {
                let extensions = try scratch.write(
                    "\(name).ext",
                    "subjectAltName=URI:spiffe://test/\(role)/\(name),IP:127.0.0.1\n")
                try openssl(
                    ["req", "-subj", "/CN=\(name)"] + curve + [
                        "-keyout", scratch.file("\(name).key"), "-out", scratch.file("\(name).csr"),
                    ])
                try openssl([
                    "x509", "-req", "-days", "2", "-in", scratch.file("\(name).csr"), "-CA",
                    scratch.file("ca.pem"), "-CAkey", scratch.file("ca.key"), "-CAcreateserial",
                    "-extfile", extensions, "-out", scratch.file("\(name).pem"),
                ])
            }
        }

        private static func openssl(_ arguments: [String]) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "openssl \(arguments.first ?? "")")
        }

        static func withNode(_ body: (Scratch, DunlinProcess) async throws -> Void) async throws {
            try await Scratch.with { scratch in
                try Self.prepare(scratch)
                try await DunlinProcess(scratch: scratch).whileRunning { node in
                    let sent = try await node.send(IntakeTests.failure)
                    #expect(sent.status == 202, "\(sent.body)")
                    try await body(scratch, node)
                }
            }
        }
    }
}
