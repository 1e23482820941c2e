/// What was said in one SMTP delivery, as far as its outcome depends on it.
///
/// Holds verbs and reply codes only: no address, no credential, no text of the server.
struct SMTPExchange: Equatable {
    enum Verb: String {
        case greeting
        case hello
        case startTLS
        case authenticate
        case mail
        case recipient
        case data
        /// The message itself was sent and its acceptance is awaited.
        case content
        case other
    }

    /// Longest line of a reply that is looked at, in bytes; RFC 5321 allows 512.
    static let replyBytesMax = 2048

    /// The command that was answered last, or waits for its answer.
    private(set) var verb: Verb = .greeting
    /// The code of the answer to it; 0 while none came.
    private(set) var code = 0
    /// `5.1.1` as its three numbers; empty when the answer had none.
    private(set) var enhanced: [Int] = []
    /// A farewell was sent: the answers that matter came before it.
    private var isOver = false

    /// Takes one command as it was sent; only its verb is kept.
    mutating func sent(_ line: some Collection<UInt8>) {
        let word = String(
            decoding: line.prefix(8).prefix { $0 > 0x20 }, as: UTF8.self
        ).uppercased()
        switch word {
        case "EHLO", "HELO": self.verb = .hello
        case "STARTTLS": self.verb = .startTLS
        case "AUTH": self.verb = .authenticate
        case "MAIL": self.verb = .mail
        case "RCPT": self.verb = .recipient
        case "DATA": self.verb = .data
        case "QUIT", "RSET", "NOOP":
            self.isOver = true
            return
        // The continuation of an authentication is not a command.
        default: if self.verb != .authenticate { self.verb = .other }
        }
        self.code = 0
        self.enhanced = []
    }

    /// Takes one line of an answer; only its codes are kept.
    mutating func received(_ line: some Collection<UInt8>) {
        let text = String(decoding: line.prefix(Self.replyBytesMax), as: UTF8.self)
        guard !self.isOver, text.utf8.count >= 3, let code = Int(text.prefix(3)),
            (200...599).contains(code)
        else { return }
        if self.verb == .data, self.code == 354 { self.verb = .content }
        let isContinued = self.code == code
        self.code = code
        let words = text.dropFirst(4).prefix(16).split { $0 == " " || $0.isNewline }
        let parts = (words.first?.split(separator: ".", omittingEmptySubsequences: false) ?? [])
            .compactMap { Int($0) }
        if parts.count == 3 {
            self.enhanced = parts
        } else if !isContinued {
            self.enhanced = []
        }
    }
}
