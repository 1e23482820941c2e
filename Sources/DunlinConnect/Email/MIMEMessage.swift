import DunlinCore

/// One e-mail with a plain and an HTML part, as bytes for SMTP's DATA.
struct MIMEMessage {
    var from: EmailAddress
    var fromName: String
    var to: EmailAddress
    var replyTo: EmailAddress
    /// Without angle brackets.
    var messageID: String
    var date: Timestamp
    var content: RenderedMessage

    /// Answers `nil` when a value holds a line end or another control character: such a message is
    /// refused whole, never mended (header injection).
    func bytes() -> [UInt8]? {
        guard
            let from = HeaderText.mailbox(name: self.fromName, address: self.from.text),
            let to = HeaderText.mailbox(name: "", address: self.to.text),
            let replyTo = HeaderText.mailbox(name: "", address: self.replyTo.text),
            let subject = HeaderText.unstructured(self.content.subject),
            HeaderText.isOneLine(self.messageID), HeaderText.isOneLine(self.content.language)
        else { return nil }
        // "=_" cannot occur in quoted-printable text, so no part contains the boundary.
        let boundary = "=_dunlin_\(hexadecimal(FNV1a64.hash(self.messageID)))"
        let header = [
            "From: \(from)", "To: \(to)", "Reply-To: \(replyTo)", "Subject: \(subject)",
            "Date: \(Self.dateText(self.date))", "Message-ID: <\(self.messageID)>",
            "MIME-Version: 1.0", "Auto-Submitted: auto-generated",
            "Content-Language: \(self.content.language)",
            "Content-Type: multipart/alternative; boundary=\"\(boundary)\"",
        ]
        var bytes: [UInt8] = []
        for line in header { bytes += line.utf8 + Self.lineEnd }
        for (type, text) in [("plain", self.content.text), ("html", self.content.html)] {
            bytes += Self.lineEnd
            bytes += "--\(boundary)\r\nContent-Type: text/\(type); charset=utf-8\r\n".utf8
            bytes += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
            bytes += QuotedPrintable.encode(text)
        }
        bytes += "\r\n--\(boundary)--\r\n".utf8
        return bytes
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    /// `Thu, 01 Jan 2026 00:00:00 +0000` (RFC 5322 §3.3).
    static func dateText(_ instant: Timestamp) -> String {
        let civil = CivilTime(utc: instant)
        let days = instant.ms.flooredDivision(by: Milliseconds.day)
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let weekday = names[Int(days - days.flooredDivision(by: 7) * 7)]
        let month = months[Int(civil.month) - 1]
        let time = "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))"
        return "\(weekday), \(two(civil.day)) \(month) \(civil.year) \(time) +0000"
    }
}
