import ArgumentParser
import DunlinTransport

/// How a command knows the node, and is known by it.
struct ConnectSecurity: ParsableArguments {
    @Flag(help: "Connect by TLS; the options below imply it.")
    var tls = false

    @Option(
        help: ArgumentHelp(
            "PEM of the authority of the node's certificate; the system's without it.",
            valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("PEM of our own certificate, with --key.", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("PEM of its private key.", valueName: "file"))
    var key: String?

    @Flag(help: "Connect to another address than loopback without TLS.")
    var insecure = false

    func validate() throws {
        guard (self.certificate == nil) == (self.key == nil) else {
            throw ValidationError("--certificate and --key go together.")
        }
    }

    /// `nil` for a plain connection.
    var settings: TLSSettings? {
        guard self.tls || self.ca != nil || self.certificate != nil else { return nil }
        return TLSSettings(
            certificatePath: self.certificate, keyPath: self.key, trustRootsPath: self.ca)
    }
}
