import DunlinCore
import DunlinPorts
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import DunlinConnect

@Suite("E-mail over SMTP")
struct EmailSenderTests {
    /// Waits that were asked for, in milliseconds; none of them takes any time.
    private final class Pauses: Sendable {
        private let taken = Mutex<[Int64]>([])
        var all: [Int64] { self.taken.withLock { $0 } }
        var backoff: Backoff {
            Backoff(firstMs: 1000) { ms in self.taken.withLock { $0.append(ms) } }
        }
    }

    private let account = EntityKey(tenant: "acme", key: "cus_NffrFeUfNV2Hib")
    private let secret = [UInt8](repeating: 7, count: 32)
    private let date = CivilTime(year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5).utc

    private func settings(
        _ port: UInt16, _ change: (inout EmailSettings) -> Void = { _ in }
    ) -> EmailSettings {
        var settings = EmailSettings(
            host: "127.0.0.1", port: port, security: .off, from: "billing@acme.example",
            returnSecret: self.secret, timeoutMs: 10_000, concurrencyMax: 2,
            merchants: ["acme": MerchantIdentity(name: "Acme")])
        change(&settings)
        return settings
    }

    private func order(
        _ index: UInt32 = 0, to address: String = "ana@customer.example", locale: String = "en",
        template: String = "payment_failed"
    ) -> MessageOrder {
        MessageOrder(
            account: self.account, effect: RecordPosition(op: 7, index: index), channel: .email,
            template: template, locale: locale, address: address,
            facts: SampleFacts.full(.softFunds))
    }

    /// Sends the orders one after the other and gives the connections back.
    private func outcomes(
        _ settings: EmailSettings, _ orders: [MessageOrder], pauses: Pauses = Pauses()
    ) async throws -> [EffectOutcome] {
        let date = self.date
        let sender = try EmailSender(
            settings: settings, templates: TemplateCatalog(), now: { date },
            backoff: pauses.backoff)
        var outcomes: [EffectOutcome] = []
        for order in orders { outcomes.append(await sender.send(order)) }
        await sender.shutdown()
        return outcomes
    }

    @Test("A message arrives over STARTTLS with a login, and a mail program reads it")
    func delivery() async throws {
        let tls = try TestCertificate()
        let sink = try SMTPSink([
            "--starttls", tls.certificate, tls.key, "--auth", "dunlin:s3cret word",
        ])
        let settings = self.settings(sink.port) {
            $0.security = .required
            $0.authorityFile = tls.certificate
            $0.user = "dunlin"
            $0.password = "s3cret word"
            $0.replyTo = "ayuda@acme.example"
            $0.merchants = [
                "acme": MerchantIdentity(
                    name: "Café Ñandú, S.A. «la tienda de los pájaros» 🐦 de la costa",
                    support: "ayuda@acme.example")
            ]
        }
        let outcomes = try await self.outcomes(settings, [self.order(locale: "es-ES")])
        let mail = try #require(try sink.received().first)
        let id = try #require(mail.headers["Message-ID"])
        #expect(outcomes == [.done(reference: String(id.dropFirst().dropLast()))])
        #expect(mail.tls)
        #expect(mail.user == "dunlin")
        #expect(mail.from == "billing@acme.example")
        #expect(mail.to == ["ana@customer.example"])
        #expect(mail.defects == [])
        #expect(
            mail.headers["Subject"]
                == "Tu pago de 42,00\u{A0}€ a Café Ñandú, S.A. «la tienda de los pájaros» 🐦 de la"
                + " costa no se completó")
        #expect(
            mail.headers["From"]?.hasPrefix("\"Café Ñandú, S.A.") == true
                || mail.headers["From"]?.hasPrefix("Café Ñandú, S.A.") == true)
        #expect(mail.headers["From"]?.hasSuffix("<billing@acme.example>") == true)
        #expect(mail.headers["Date"] == "Fri, 02 Jan 2026 03:04:05 +0000")
        #expect(mail.headers["Auto-Submitted"] == "auto-generated")
        #expect(mail.headers["Content-Language"] == "es-ES")
        #expect(mail.text?.contains("https://example.com/pay") == true)
        #expect(mail.text?.contains("Volveremos a intentarlo el 4 de enero de 2026.") == true)
        #expect(mail.html?.contains("<h1>Tu pago no se completó</h1>") == true)
        #expect(mail.html?.contains("href=\"https://example.com/pay\"") == true)
        let bytes = try sink.bytes(mail)
        #expect(bytes.allSatisfy { $0 < 0x80 })
        for line in bytes.split(separator: UInt8(ascii: "\n")) { #expect(line.count <= 79) }
    }

    @Test("What was sent carries its way back, in Message-ID and Reply-To")
    func wayBack() async throws {
        let sink = try SMTPSink()
        let settings = self.settings(sink.port) { $0.replyTo = "help@acme.example" }
        _ = try await self.outcomes(settings, [self.order(3)])
        let mail = try #require(try sink.received().first)
        let tokens = ReturnTokens(secret: self.secret)
        let expected = ReturnTokens.Origin(
            accountHash: self.account.shardHash, effect: RecordPosition(op: 7, index: 3))
        let id = try #require(mail.headers["Message-ID"]).dropFirst().prefix { $0 != "@" }
        #expect(tokens.read(id) == expected)
        let reply = try #require(mail.headers["Reply-To"])
        #expect(reply.hasPrefix("help+") && reply.hasSuffix("@acme.example"))
        #expect(tokens.read(reply.dropFirst(5).prefix { $0 != "@" }) == expected)
        let everything = String(decoding: try sink.bytes(mail), as: UTF8.self)
        #expect(!everything.contains(self.account.key), "an account id leaves the house")
    }

    @Test("A repeat has the same Message-ID and the same bytes; another effect has another")
    func repeats() async throws {
        let sink = try SMTPSink()
        let outcomes = try await self.outcomes(
            self.settings(sink.port), [self.order(1), self.order(1), self.order(2)])
        #expect(outcomes[0] == outcomes[1])
        #expect(outcomes[1] != outcomes[2])
        let mails = try sink.received()
        #expect(mails.count == 3)
        #expect(try sink.bytes(mails[0]) == sink.bytes(mails[1]))
    }

    @Test("Messages one after the other share a connection")
    func connectionReuse() async throws {
        let tls = try TestCertificate()
        let sink = try SMTPSink(["--starttls", tls.certificate, tls.key])
        let settings = self.settings(sink.port) {
            $0.security = .required
            $0.authorityFile = tls.certificate
        }
        _ = try await self.outcomes(settings, (0..<5).map { self.order($0) })
        #expect(try sink.received().map(\.connection) == [1, 1, 1, 1, 1])
    }

    @Test("Many at once all arrive, over no more connections than allowed")
    func concurrency() async throws {
        let sink = try SMTPSink()
        let sender = try EmailSender(
            settings: self.settings(sink.port), templates: TemplateCatalog())
        let outcomes = await withTaskGroup(of: EffectOutcome.self) { group in
            for index in 0..<40 {
                let order = self.order(UInt32(index), to: "person\(index)@customer.example")
                group.addTask { await sender.send(order) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        await sender.shutdown()
        #expect(Set(outcomes).count == 40)
        let mails = try sink.received()
        #expect(Set(mails.flatMap(\.to)).count == 40)
        #expect((mails.map(\.connection).max() ?? 0) <= 2)
    }

    @Test(
        "A refusal of the recipient is final, and says whether the mailbox is dead",
        arguments: [
            ("550 5.1.1 no such mailbox", "dead:smtp-550"), ("550 unknown user", "dead:smtp-550"),
            ("551 moved away", "dead:smtp-551"), ("550 5.2.1 disabled", "dead:smtp-550"),
            ("550 5.1.10 null MX", "dead:smtp-550"), ("552 5.2.2 mailbox full", "smtp-552"),
            ("550 5.7.1 policy", "smtp-550"), ("554 no", "smtp-554"),
        ])
    func recipientRefused(reply: String, reason: String) async throws {
        let sink = try SMTPSink(["--reject", "gone@customer.example=\(reply)"])
        let pauses = Pauses()
        let outcomes = try await self.outcomes(
            self.settings(sink.port),
            [self.order(to: "gone@customer.example"), self.order(1)], pauses: pauses)
        #expect(outcomes[0] == .refused(reason: reason))
        #expect(pauses.all == [])
        #expect(try sink.received().map(\.to) == [["ana@customer.example"]])
    }

    @Test("A message that is refused after it was sent is refused, not dead")
    func contentRefused() async throws {
        let sink = try SMTPSink(["--reject-content", "554 5.7.1 looks like spam"])
        #expect(
            try await self.outcomes(self.settings(sink.port), [self.order()])
                == [.refused(reason: "smtp-554")])
    }

    @Test("A temporary refusal is tried again after a wait that grows")
    func deferred() async throws {
        let sink = try SMTPSink(["--defer", "ana@customer.example=2"])
        let pauses = Pauses()
        let outcomes = try await self.outcomes(
            self.settings(sink.port), [self.order()], pauses: pauses)
        guard case .done = outcomes.first else {
            Issue.record("it did not arrive: \(outcomes)")
            return
        }
        #expect(pauses.all.count == 2)
        #expect((750...1250).contains(try #require(pauses.all.first)))
        #expect((3000...5000).contains(try #require(pauses.all.last)))
        #expect(try sink.received().count == 1)
    }

    @Test("A refusal that stays temporary fails after the last try")
    func deferredForEver() async throws {
        let sink = try SMTPSink(["--defer", "ana@customer.example=9"])
        let pauses = Pauses()
        #expect(
            try await self.outcomes(self.settings(sink.port), [self.order()], pauses: pauses)
                == [.failed(reason: "smtp-451")])
        #expect(pauses.all.count == 2)
    }

    @Test("A server that is not there fails after the last try")
    func connectionRefused() async throws {
        // Taken and given back: nobody listens there.
        let port = try SMTPSink().port
        let pauses = Pauses()
        #expect(
            try await self.outcomes(self.settings(port), [self.order()], pauses: pauses)
                == [.failed(reason: "smtp-unreachable")])
        #expect(pauses.all.count == 2)
    }

    @Test("A server that says nothing is left after the time allowed")
    func silence() async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port.flatMap { UInt16(exactly: $0) })
        let settings = self.settings(port) {
            $0.timeoutMs = 150
            $0.triesMax = 1
        }
        #expect(
            try await self.outcomes(settings, [self.order()]) == [.failed(reason: "smtp-timeout")])
        try await server.close()
    }

    @Test("A wrong password fails at once: trying again could lock the account")
    func wrongPassword() async throws {
        let sink = try SMTPSink(["--auth", "dunlin:right"])
        let pauses = Pauses()
        let settings = self.settings(sink.port) {
            $0.user = "dunlin"
            $0.password = "wrong"
        }
        #expect(
            try await self.outcomes(settings, [self.order()], pauses: pauses)
                == [.failed(reason: "smtp-login-denied")])
        #expect(pauses.all == [])
    }

    @Test("Nothing leaves in the clear when TLS is required and the server has none")
    func encryptionMissing() async throws {
        let sink = try SMTPSink()
        let settings = self.settings(sink.port) { $0.security = .required }
        #expect(
            try await self.outcomes(settings, [self.order()])
                == [.failed(reason: "smtp-no-starttls")])
        #expect(try sink.received().isEmpty)
    }

    @Test("Nothing leaves to a server whose certificate is not trusted")
    func untrusted() async throws {
        let tls = try TestCertificate()
        let other = try TestCertificate()
        let sink = try SMTPSink(["--starttls", tls.certificate, tls.key])
        let settings = self.settings(sink.port) {
            $0.security = .required
            $0.authorityFile = other.certificate
        }
        #expect(
            try await self.outcomes(settings, [self.order()])
                == [.failed(reason: "smtp-untrusted")])
        #expect(try sink.received().isEmpty)
    }

    @Test(
        "TLS from the first byte works, and so does STARTTLS where it happens to be offered",
        arguments: [EmailSettings.Security.implicit, .opportunistic])
    func otherSecurity(security: EmailSettings.Security) async throws {
        let tls = try TestCertificate()
        let sink = try SMTPSink(
            ["--starttls", tls.certificate, tls.key]
                + (security == .implicit ? ["--implicit-tls"] : []))
        let settings = self.settings(sink.port) {
            $0.security = security
            if security == .implicit { $0.authorityFile = tls.certificate }
        }
        _ = try await self.outcomes(settings, [self.order()])
        #expect(try sink.received().map(\.tls) == [true])
    }

    @Test("An address in another script arrives")
    func internationalAddress() async throws {
        let sink = try SMTPSink()
        _ = try await self.outcomes(
            self.settings(sink.port), [self.order(to: "josé@customer.example")])
        #expect(try sink.received().map(\.to) == [["josé@customer.example"]])
    }

    @Test(
        "An address that is none, or that would add a command, is refused before anything is sent",
        arguments: [
            "ana@example.com\r\nRCPT TO:<all@example.com>", "ana@example.com>", "", "ana",
            "ana@example.com\nBcc: x@example.com", "<ana@example.com>", "a b@example.com",
        ])
    func injectedAddress(address: String) async throws {
        // Nobody listens at port 9: an attempt to send would fail otherwise than so.
        #expect(
            try await self.outcomes(self.settings(9), [self.order(to: address)])
                == [.refused(reason: "dead:invalid-address")])
    }

    @Test("A template that does not exist is refused")
    func unknownTemplate() async throws {
        #expect(
            try await self.outcomes(self.settings(9), [self.order(template: "nothing")])
                == [.refused(reason: "no-such-template")])
    }

    @Test("After the end nothing is sent any more")
    func stopped() async throws {
        let sink = try SMTPSink()
        let sender = try EmailSender(
            settings: self.settings(sink.port), templates: TemplateCatalog())
        await sender.shutdown()
        #expect(await sender.send(self.order()) == .failed(reason: "smtp-stopped"))
        #expect(try sink.received().isEmpty)
    }
}
