/// How messages leave by SMTP. ``problems()`` says what is wrong with it.
package struct EmailSettings: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// Plain text: only for a server on this machine.
        case off
        /// STARTTLS where the server offers it, whoever it says it is.
        case opportunistic
        /// STARTTLS with a certificate that is checked, or nothing is sent.
        case required
        /// TLS from the first byte, usually port 465.
        case implicit
    }

    package var host: String
    /// 25, 465 or 587 as a rule.
    package var port: UInt16
    package var security: Security
    /// Empty for no authentication.
    package var user: String
    package var password: String
    /// PEM file of authorities to trust instead of the system's; empty for the system's.
    package var authorityFile: String
    /// The sender's address.
    package var from: String
    package var fromName: String
    /// Where replies go, and with a token before the `@` when it fits; empty for ``from``.
    package var replyTo: String
    /// Signs the token in Message-ID and Reply-To: at least ``ReturnTokens/secretBytesMin`` bytes,
    /// kept for as long as answers are to find their way back.
    package var returnSecret: [UInt8]
    /// The longest that one delivery may take, in milliseconds.
    package var timeoutMs: Int64
    /// Connections, and threads, at most.
    package var concurrencyMax: Int
    /// Messages that may wait for a connection; more are refused at once.
    package var waitingMax: Int
    /// Deliveries tried before giving up.
    package var triesMax: Int
    /// Who speaks for which tenant; a tenant that is not listed speaks in its own name.
    package var merchants: [String: MerchantIdentity]

    package init(
        host: String, port: UInt16 = 587, security: Security = .required, user: String = "",
        password: String = "", authorityFile: String = "", from: String, fromName: String = "",
        replyTo: String = "", returnSecret: [UInt8], timeoutMs: Int64 = 30_000,
        concurrencyMax: Int = 8, waitingMax: Int = 1024, triesMax: Int = 3,
        merchants: [String: MerchantIdentity] = [:]
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
        self.authorityFile = authorityFile
        self.from = from
        self.fromName = fromName
        self.replyTo = replyTo
        self.returnSecret = returnSecret
        self.timeoutMs = timeoutMs
        self.concurrencyMax = concurrencyMax
        self.waitingMax = waitingMax
        self.triesMax = triesMax
        self.merchants = merchants
    }

    /// One sentence for each thing that is wrong, with the field and the remedy; empty when good.
    package func problems() -> [String] {
        var found: [String] = []
        func expect(_ condition: Bool, _ message: String) {
            if !condition { found.append(message) }
        }
        expect(
            !self.host.isEmpty && self.host.utf8.count <= 253
                && self.host.unicodeScalars.allSatisfy(Self.isHost),
            "email.host must be a host name or address")
        expect(self.port > 0, "email.port must be 1 to 65535")
        expect(EmailAddress(self.from) != nil, "email.from must be an e-mail address")
        expect(
            self.replyTo.isEmpty || EmailAddress(self.replyTo) != nil,
            "email.replyTo must be an e-mail address, or empty")
        expect(
            HeaderText.isOneLine(self.fromName) && self.fromName.utf8.count <= 256,
            "email.fromName must be one line of at most 256 bytes")
        expect(
            self.merchants.values.allSatisfy { HeaderText.isOneLine($0.name) && !$0.name.isEmpty },
            "email.merchants: every name must be one line and not empty")
        expect(
            self.returnSecret.count >= ReturnTokens.secretBytesMin,
            "email.returnSecret must have at least \(ReturnTokens.secretBytesMin) bytes")
        expect(
            self.user.isEmpty || self.isEncrypted || self.isLoopback,
            "email.user would be sent readable by all: set email.security to required or implicit")
        expect(
            (100...600_000).contains(self.timeoutMs), "email.timeoutMs must be 100 to 600000")
        expect(
            (1...64).contains(self.concurrencyMax), "email.concurrencyMax must be 1 to 64")
        expect(
            (0...100_000).contains(self.waitingMax), "email.waitingMax must be 0 to 100000")
        expect((1...10).contains(self.triesMax), "email.triesMax must be 1 to 10")
        return found
    }

    private var isEncrypted: Bool { self.security == .required || self.security == .implicit }

    private var isLoopback: Bool {
        self.host == "localhost" || self.host == "::1" || self.host.hasPrefix("127.")
    }

    private static func isHost(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", ":": true
        default: false
        }
    }
}
