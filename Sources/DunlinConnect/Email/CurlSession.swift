import CCurl

/// One libcurl handle and the connection that it keeps open between messages.
///
/// `@unchecked Sendable`: a handle may be used by any thread, by one at a time
/// (<https://curl.se/libcurl/c/threadsafe.html>). ``SMTPTransport`` takes a session out of its list
/// under a lock before a delivery and puts it back after it, and nobody else holds one; `deinit`
/// runs when the last holder is gone.
final class CurlSession: @unchecked Sendable {
    /// `curl_global_init`, once; libcurl does not allow two threads in it.
    private static let isReady = dunlin_curl_start() == CURLE_OK

    private let handle: UnsafeMutableRawPointer

    /// Answers `nil` when libcurl cannot start or there is no memory.
    init?(_ settings: EmailSettings) {
        guard Self.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.configure(settings)
    }

    deinit {
        curl_easy_cleanup(self.handle)
    }

    /// Sends one message; blocks for at most the settings' time.
    func deliver(from: String, to: String, message: [UInt8]) -> SMTPVerdict {
        let upload = Upload(message)
        let context = Unmanaged.passUnretained(upload).toOpaque()
        // libcurl's list holds copies, and the handle only looks at it during this call.
        let recipients = curl_slist_append(nil, "<\(to)>")
        defer { curl_slist_free_all(recipients) }
        self.set(CURLOPT_MAIL_FROM, "<\(from)>")
        dunlin_curl_set_list(self.handle, CURLOPT_MAIL_RCPT, recipients)
        dunlin_curl_set_pointer(self.handle, CURLOPT_READDATA, context)
        dunlin_curl_set_pointer(self.handle, CURLOPT_DEBUGDATA, context)
        dunlin_curl_set_size(self.handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.count))
        let code = withExtendedLifetime(upload) { curl_easy_perform(self.handle) }
        // The context ends with this call: the handle keeps no pointer to it.
        dunlin_curl_set_pointer(self.handle, CURLOPT_READDATA, nil)
        dunlin_curl_set_pointer(self.handle, CURLOPT_DEBUGDATA, nil)
        dunlin_curl_set_list(self.handle, CURLOPT_MAIL_RCPT, nil)
        return SMTPVerdict(Self.transport(code, upload.exchange), upload.exchange)
    }

    private func configure(_ settings: EmailSettings) {
        let scheme = settings.security == .implicit ? "smtps" : "smtp"
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let domain = settings.from.split(separator: "@").last.map(String.init) ?? ""
        let name = domain.utf8.allSatisfy { $0 < 0x80 } && !domain.isEmpty ? domain : "localhost"
        self.set(CURLOPT_URL, "\(scheme)://\(host):\(settings.port)/\(name)")
        self.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // The environment's proxies are for the web.
        self.set(CURLOPT_PROXY, "")
        self.set(CURLOPT_NOSIGNAL, 1)
        self.set(CURLOPT_UPLOAD, 1)
        self.set(CURLOPT_TIMEOUT_MS, Int(settings.timeoutMs))
        self.set(CURLOPT_CONNECTTIMEOUT_MS, Int(min(settings.timeoutMs, 10_000)))
        self.set(CURLOPT_TCP_KEEPALIVE, 1)
        switch settings.security {
        case .off: self.set(CURLOPT_USE_SSL, Int(CURLUSESSL_NONE.rawValue))
        case .opportunistic:
            self.set(CURLOPT_USE_SSL, Int(CURLUSESSL_TRY.rawValue))
            // Whoever could pretend to be the server could also hide STARTTLS.
            self.set(CURLOPT_SSL_VERIFYPEER, 0)
            self.set(CURLOPT_SSL_VERIFYHOST, 0)
        case .required, .implicit: self.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
        }
        if !settings.authorityFile.isEmpty { self.set(CURLOPT_CAINFO, settings.authorityFile) }
        if !settings.user.isEmpty {
            self.set(CURLOPT_USERNAME, settings.user)
            self.set(CURLOPT_PASSWORD, settings.password)
        }
        self.listen()
    }

    /// Callbacks: the message on its way out, and what was said on the way.
    private func listen() {
        dunlin_curl_set_read(self.handle) { buffer, size, count, context in
            guard let buffer, let context else { return 0 }
            let upload = Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue()
            return upload.fill(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        // Answers would be written to the standard output.
        dunlin_curl_set_write(self.handle) { _, size, count, _ in size * count }
        self.set(CURLOPT_VERBOSE, 1)
        dunlin_curl_set_debug(self.handle) { _, kind, bytes, count, context in
            guard let bytes, let context else { return 0 }
            let upload = Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue()
            let line = UnsafeRawBufferPointer(start: bytes, count: count)
            switch kind {
            case CURLINFO_HEADER_OUT: upload.exchange.sent(line)
            case CURLINFO_HEADER_IN: upload.exchange.received(line)
            default: break
            }
            return 0
        }
    }

    private func set(_ option: CURLoption, _ value: String) {
        let code = dunlin_curl_set_string(self.handle, option, value)
        precondition(code == CURLE_OK, "libcurl lacks a text option that SMTP needs")
    }

    private func set(_ option: CURLoption, _ value: Int) {
        let code = dunlin_curl_set_long(self.handle, option, value)
        precondition(code == CURLE_OK, "libcurl lacks a number option that SMTP needs")
    }

    private static func transport(
        _ code: CURLcode, _ exchange: SMTPExchange
    ) -> SMTPVerdict.Transport {
        switch code {
        case CURLE_OK: .complete
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_LOGIN_DENIED: .loginDenied
        case CURLE_USE_SSL_FAILED: exchange.code >= 400 ? .answered : .unencrypted
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            .untrusted
        default: exchange.code >= 400 ? .answered : .unreachable
        }
    }

    /// One message on its way, and what was said. Used by one thread, within one delivery.
    private final class Upload {
        private let message: [UInt8]
        private var offset = 0
        var exchange = SMTPExchange()

        init(_ message: [UInt8]) {
            self.message = message
        }

        func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
            let part = self.message[self.offset...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            self.offset += part.count
            return part.count
        }
    }
}
