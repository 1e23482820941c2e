import Foundation
import Testing

extension ProcessTests {
    /// Disks that are full or that changed what was written.
    @Suite(.serialized) struct DiskTests {
        @Test func `a full disk is refused clearly and nothing acknowledged is lost`() async throws
        {
            try await Scratch.with { scratch in
                let disk = try await SmallDisk.mount(scratch: scratch, mebibytes: 16)
                do {
                    try await Self.fill(disk, scratch: scratch)
                } catch {
                    try await disk.unmount()
                    throw error
                }
                try await disk.unmount()
            }
        }

        private static func fill(_ disk: SmallDisk, scratch: Scratch) async throws {
            let node = try DunlinProcess(scratch: scratch, data: "\(disk.path)/data")
            try await node.whileRunning { node in
                var acknowledged: [String] = []
                var refusal: HTTPAnswer?
                for round in 0..<500 where refusal == nil {
                    let names = (0..<200).map { "acct-\(round)-\($0)" }
                    let batch = names.map { IntakeTests.failure(of: $0) }
                    let answer = try await node.send("[\(batch.joined(separator: ","))]")
                    if answer.status == 202 { acknowledged += names } else { refusal = answer }
                }
                let refused = try #require(refusal, "16 MiB took everything")
                #expect([503, 507].contains(refused.status), "\(refused.body.prefix(500))")
                #expect(refused.contentType == "application/problem+json")
                #expect(node.isRunning)
                // A shard whose batch did not fit drops its memory and reads it again; full or not.
                try await waitUntil("an account that can be read", within: .seconds(30)) {
                    try await node.get("/v1/accounts/acct-0-0").status == 200
                }

                try await disk.grow(toMebibytes: 256)
                try await waitUntil("room again", within: .seconds(60)) {
                    try await node.send(IntakeTests.failure(of: "acct-after")).status == 202
                }
                try await node.killHard()
                try await node.start()
                for name in acknowledged + ["acct-after"] {
                    #expect(try await node.get("/v1/accounts/\(name)").status == 200, "\(name)")
                }
                try await node.stop()
                let verified = try await run(
                    BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                #expect(verified.code == 0, "\(verified.errors)")
            }
        }

        /// How a journal is damaged.
        enum Damage: String, CaseIterable, Sendable {
            case flippedByte
            case zeroedPage
        }

        @Test(arguments: Damage.allCases)
        func `verify finds a damaged journal and the node refuses to start on it`(
            _ damage: Damage
        ) async throws {
            try await Scratch.with { scratch in
                let node = try DunlinProcess(scratch: scratch)
                try await node.whileRunning { node in
                    for round in 0..<20 {
                        let batch = (0..<50).map { IntakeTests.failure(of: "mark-\(round)-\($0)") }
                        let answer = try await node.send("[\(batch.joined(separator: ","))]")
                        #expect(answer.status == 202)
                    }
                }
                let good = try await run(
                    BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                #expect(good.code == 0, "\(good.errors)")

                try Self.damage(damage, marker: "mark-10-25", under: node.data)
                let bad = try await run(
                    BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                #expect(bad.code == 1, "\(bad.output)")
                let said = bad.output + bad.errors
                #expect(said.contains("journal.db"), "\(said)")
                #expect(said.contains("shard") || damage == .zeroedPage, "\(said)")

                let refused = try await node.startRefused()
                #expect(refused.code == 1, "\(refused.errors)")
                let reason = refused.output + refused.errors
                #expect(reason.contains("journal.db"), "\(reason)")
            }
        }

        /// Changes the journal where `marker` stands in it.
        private static func damage(_ damage: Damage, marker: String, under folder: String) throws {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix("journal.db") }
            for name in names {
                let path = "\(folder)/\(name)"
                guard var bytes = FileManager.default.contents(atPath: path),
                    let place = bytes.range(of: Data(marker.utf8))
                else { continue }
                switch damage {
                case .flippedByte: bytes[place.lowerBound + 2] ^= 0x01
                case .zeroedPage:
                    let page = place.lowerBound / 4096 * 4096
                    bytes.replaceSubrange(page..<page + 4096, with: Data(count: 4096))
                }
                try bytes.write(to: URL(fileURLWithPath: path))
                return
            }
            throw ServerRefused(description: "no journal.db under \(folder) holds \(marker)")
        }
    }
}

/// A file system of a chosen size, in memory. Mounting needs root, or sudo without a password.
struct SmallDisk {
    let path: String
    private let scratch: Scratch

    static func mount(scratch: Scratch, mebibytes: Int) async throws -> SmallDisk {
        let path = scratch.file("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let disk = SmallDisk(path: path, scratch: scratch)
        try await disk.asRoot(["mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path])
        if getuid() != 0 { try await disk.asRoot(["chown", "\(getuid())", path]) }
        return disk
    }

    func grow(toMebibytes mebibytes: Int) async throws {
        try await self.asRoot(["mount", "-o", "remount,size=\(mebibytes)m", self.path])
    }

    func unmount() async throws {
        try await self.asRoot(["umount", self.path])
    }

    private func asRoot(_ words: [String]) async throws {
        let all = getuid() == 0 ? words : ["sudo", "-n"] + words
        let result = try await run("/usr/bin/env", all, scratch: self.scratch)
        guard result.code == 0 else {
            throw ServerRefused(
                description: "\(all.joined(separator: " ")) failed: \(result.errors)"
                    + "This test needs root, or sudo without a password.")
        }
    }
}
