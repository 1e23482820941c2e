import DunlinCore
import Foundation
import Testing

@testable import DunlinConnect

@Suite("E-mail on the wire")
struct EmailFormatTests {
    @Test(
        "Addresses that a person can have are taken",
        arguments: [
            "ana@example.com", "a.b+c_d@sub.example.co.uk", "josé@ejemplo.es", "用户@例え.jp",
            "o'brien@example.com", String(repeating: "a", count: 64) + "@example.com",
        ])
    func goodAddresses(text: String) {
        #expect(EmailAddress(text)?.text == text)
    }

    @Test(
        "Everything else is refused",
        arguments: [
            "", "@", "a@", "@b.com", "a@b..com", ".a@b.com", "a.@b.com", "a@-b.com", "a@b-.com",
            "a b@c.com", "a@b c.com", "a@b.com ", "a\t@b.com", "a@b.com\r\n", "\"a b\"@c.com",
            "a@[127.0.0.1]", "a,b@c.com", "a@b@c.com", "a<b@c.com", "a\u{200B}@b.com",
            "a\u{202E}@b.com", "a\u{0}@b.com", String(repeating: "a", count: 65) + "@b.com",
            "a@" + String(repeating: "b", count: 64) + ".com",
            "a@" + String(repeating: "b.", count: 130) + "com",
        ])
    func badAddresses(text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test(
        "A header value with a line end or another control character makes no message",
        arguments: ["\r\nBcc: x@example.com", "\n", "\r", "\u{0}", "\u{85}", "\u{2028}", "\u{7F}"])
    func headerInjection(evil: String) throws {
        let from = try #require(EmailAddress("a@example.com"))
        func message(subject: String = "s", name: String = "n", id: String = "i") -> MIMEMessage {
            MIMEMessage(
                from: from, fromName: name, to: from, replyTo: from, messageID: id,
                date: Timestamp(ms: 0),
                content: RenderedMessage(subject: subject, text: "t", html: "h", language: "en"))
        }
        #expect(message().bytes() != nil)
        #expect(message(subject: "a\(evil)b").bytes() == nil)
        #expect(message(name: "a\(evil)b").bytes() == nil)
        #expect(message(id: "a\(evil)b").bytes() == nil)
    }

    @Test("Settings that cannot work, or that would show a password, are named")
    func settings() {
        let good = EmailSettings(
            host: "smtp.example.com", user: "u", password: "p", from: "a@example.com",
            returnSecret: [UInt8](repeating: 1, count: 32))
        #expect(good.problems() == [])
        let changes: [(inout EmailSettings) -> Void] = [
            { $0.host = "" }, { $0.host = "a b" }, { $0.host = "x/../y" }, { $0.port = 0 },
            { $0.from = "nobody" }, { $0.replyTo = "x" }, { $0.fromName = "a\nb" },
            { $0.returnSecret = [1] }, { $0.security = .off }, { $0.security = .opportunistic },
            { $0.timeoutMs = 1 }, { $0.concurrencyMax = 0 }, { $0.waitingMax = -1 },
            { $0.triesMax = 0 }, { $0.merchants = ["x": MerchantIdentity(name: "a\r\nb")] },
        ]
        for change in changes {
            var settings = good
            change(&settings)
            #expect(settings.problems().count == 1)
        }
        var local = good
        local.security = .off
        local.host = "127.0.0.1"
        #expect(local.problems() == [])
    }

    @Test(
        "Quoted-printable keeps every text, in lines of at most 76 characters of ASCII",
        arguments: 0..<64)
    func quotedPrintable(seed: UInt64) throws {
        let pieces = [
            "a", "Z", " ", "\t", "=", ".", "From ", "é", "🐦", "\n", "\r\n", "\u{A0}", "日本",
            String(repeating: "x", count: 90), "..", "=3D",
        ]
        var state = seed
        var text = ""
        for _ in 0..<200 {
            state = splitmix64(state)
            text += pieces[Int(state % UInt64(pieces.count))]
        }
        let encoded = QuotedPrintable.encode(text)
        let lines = String(decoding: encoded, as: UTF8.self).components(separatedBy: "\r\n")
        for line in lines {
            #expect(line.utf8.count <= 76)
            #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 })
            #expect(!line.hasSuffix(" ") && !line.hasSuffix("\t"))
            #expect(!line.hasPrefix(".") && !line.hasPrefix("From"))
        }
        let expected = text.replacingOccurrences(of: "\r\n", with: "\n")
        #expect(Self.decode(encoded) == expected)
    }

    /// An independent reading of RFC 2045 §6.7.
    private static func decode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "="), bytes[index + 1] == 0x0D {
                index += 3
            } else if byte == UInt8(ascii: "=") {
                let digits = String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self)
                output.append(UInt8(digits, radix: 16) ?? 0)
                index += 3
            } else {
                if byte != 0x0D { output.append(byte) }
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "Long and foreign subjects become words that fit into their lines",
        arguments: [
            String(repeating: "palabra ", count: 40), "日本語の件名", "=?UTF-8?Q?trick?=",
            String(repeating: "🐦", count: 50),
        ])
    func encodedWords(subject: String) throws {
        let encoded = try #require(HeaderText.unstructured(subject))
        var decoded: [UInt8] = []
        for line in encoded.components(separatedBy: "\r\n ") {
            #expect(line.utf8.count <= 75)
            #expect(line.hasPrefix("=?UTF-8?B?") && line.hasSuffix("?="))
            let word = try #require(Data(base64Encoded: String(line.dropFirst(10).dropLast(2))))
            #expect(String(validating: word, as: UTF8.self) != nil, "a character was cut")
            decoded += word
        }
        #expect(String(decoding: decoded, as: UTF8.self) == subject)
    }

    @Test(
        "Dates are written as mail wants them",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"),
            (1_767_323_045_000, "Fri, 02 Jan 2026 03:04:05 +0000"),
            (951_782_399_999, "Mon, 28 Feb 2000 23:59:59 +0000"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"),
        ] as [(Int64, String)])
    func dates(ms: Int64, expected: String) {
        #expect(MIMEMessage.dateText(Timestamp(ms: ms)) == expected)
    }
}

@Suite("Return tokens")
struct ReturnTokensTests {
    private let tokens = ReturnTokens(secret: [UInt8](repeating: 1, count: 32))

    @Test(
        "A token names its account and effect, in either case, and fits into an address",
        arguments: [
            RecordPosition(op: 1, index: 0), RecordPosition(op: 1_000_000, index: 1999),
            RecordPosition(op: 1 << 62, index: .max),
        ])
    func roundTrip(effect: RecordPosition) {
        let account = EntityKey(tenant: "acme", key: "cus_1")
        let token = self.tokens.token(account: account, effect: effect)
        let expected = ReturnTokens.Origin(accountHash: account.shardHash, effect: effect)
        #expect(self.tokens.read(token) == expected)
        #expect(self.tokens.read(token.uppercased()) == expected)
        #expect(token.utf8.count <= 60)
    }

    @Test("A changed, cut or foreign token is none")
    func forgery() {
        let account = EntityKey(tenant: "acme", key: "cus_1")
        let token = self.tokens.token(account: account, effect: RecordPosition(op: 9, index: 1))
        let letters = Array(token)
        for index in letters.indices {
            var changed = letters
            changed[index] = changed[index] == "a" ? "b" : "a"
            #expect(self.tokens.read(String(changed)) == nil)
            #expect(self.tokens.read(String(letters[..<index])) == nil)
        }
        #expect(ReturnTokens(secret: [UInt8](repeating: 2, count: 32)).read(token) == nil)
        #expect(self.tokens.read(token + "a") == nil)
        #expect(self.tokens.read("") == nil)
        #expect(self.tokens.read(String(repeating: "d1", count: 10_000)) == nil)
    }
}

@Suite("What an SMTP dialogue means")
struct SMTPVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var said: [String]
        var verdict: SMTPVerdict
        var transport = SMTPVerdict.Transport.answered
        var testDescription: String { self.said.joined(separator: " | ") }
    }

    @Test(
        "The command that was refused decides",
        arguments: [
            Row(said: ["<554 no service"], verdict: .again(reason: "smtp-554")),
            Row(said: [">EHLO x", "<550 go away"], verdict: .failed(reason: "smtp-hello-550")),
            Row(
                said: [">MAIL FROM:<a@b>", "<553 5.7.1 not you"],
                verdict: .failed(reason: "smtp-mail-553")),
            Row(said: [">MAIL FROM:<a@b>", "<421 busy"], verdict: .again(reason: "smtp-421")),
            Row(
                said: [">RCPT TO:<a@b>", "<550-5.1.1 line one", "<550 line two"],
                verdict: .refused(reason: "dead:smtp-550")),
            Row(
                said: [">RCPT TO:<a@b>", "<450 4.2.0 greylisted"],
                verdict: .again(reason: "smtp-450")),
            Row(
                said: [">DATA", "<354 go on", "<552 5.3.4 too big"],
                verdict: .refused(reason: "smtp-552")),
            Row(said: [">DATA", "<354 go on"], verdict: .again(reason: "smtp-broken-off")),
            Row(
                said: [">AUTH LOGIN", "<334 x", ">cGFzcw==", "<454 4.7.0 try later"],
                verdict: .again(reason: "smtp-454"), transport: .loginDenied),
            Row(
                said: [">AUTH LOGIN", "<535 5.7.8 no"],
                verdict: .failed(reason: "smtp-login-denied"), transport: .loginDenied),
            Row(
                said: [">RCPT TO:<a@b>", "<550 5.1.1 no", ">QUIT", "<221 bye"],
                verdict: .refused(reason: "dead:smtp-550")),
            Row(said: ["<not a reply", "<99", "<"], verdict: .again(reason: "smtp-broken-off")),
        ])
    func verdict(row: Row) {
        var exchange = SMTPExchange()
        for line in row.said {
            let bytes = Array((line.dropFirst() + "\r\n").utf8)
            if line.hasPrefix(">") { exchange.sent(bytes) } else { exchange.received(bytes) }
        }
        #expect(SMTPVerdict(row.transport, exchange) == row.verdict)
    }
}
