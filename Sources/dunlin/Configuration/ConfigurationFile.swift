import Foundation
import Yams

/// The configuration file of a node, as it is written. Every field may be left out.
///
/// A key that is not known is refused with its place: a misspelt `mode: live` must not be taken
/// for "observe" in silence.
struct ConfigurationFile: Decodable, Sendable {
    var tenants: [String: TenantFile]?
    var policies: [String]?
    var declineMaps: [String]?
    var reconcile: ReconcileFile?
    var limits: LimitsFile?
    var nodeKeyFile: String?
    var templates: String?
    var api: APIFile?
    var tls: TLSFile?
    var cluster: ClusterFile?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case declineMaps = "decline_maps"
        case tenants, policies, reconcile, limits, templates, api, tls, cluster
        case nodeKeyFile = "node_key_file"
    }

    struct TenantFile: Decodable, Sendable {
        var mode: String?
        var gateway: GatewayFile?
        var policy: String?
        var zone: String?
        var displayName: String?
        var support: String?
        var ids: String?
        var links: LinksFile?
        var email: EmailFile?
        var webhooks: [WebhookFile]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case mode, gateway, policy, zone, support, ids, links, email, webhooks
            case displayName = "display_name"
        }
    }

    struct GatewayFile: Decodable, Sendable {
        var kind: String?
        var apiBase: String?
        var apiKey: String?
        var webhookSecret: String?
        var idempotency: String?
        var sendPaymentMethod: Bool?
        var timeout: String?
        var unknownSettlesAfter: String?
        var behaviour: String?
        var seed: UInt64?
        var ledger: String?
        var testCards: Bool?
        var requestsPerSecond: Int64?
        var arrivals: String?
        var world: String?
        var countMessages: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case kind, idempotency, timeout, behaviour, seed, ledger, arrivals, world
            case countMessages = "count_messages"
            case apiBase = "api_base"
            case apiKey = "api_key"
            case webhookSecret = "webhook_secret"
            case sendPaymentMethod = "send_payment_method"
            case unknownSettlesAfter = "unknown_settles_after"
            case testCards = "test_cards"
            case requestsPerSecond = "requests_per_second"
        }
    }

    struct LinksFile: Decodable, Sendable {
        var updatePayment: String?
        var cancel: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case updatePayment = "update_payment"
            case cancel
        }
    }

    struct EmailFile: Decodable, Sendable {
        var host: String
        var port: UInt16?
        var security: String?
        var user: String?
        var password: String?
        var from: String
        var fromName: String?
        var replyTo: String?
        var authorityFile: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case host, port, security, user, password, from
            case fromName = "from_name"
            case replyTo = "reply_to"
            case authorityFile = "authority_file"
        }
    }

    struct WebhookFile: Decodable, Sendable {
        var url: String
        var secret: String
    }

    struct ReconcileFile: Decodable, Sendable {
        var every: String?
    }

    struct LimitsFile: Decodable, Sendable {
        var residentMax: Int?
        var tailRecordsMax: UInt64?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case residentMax = "accounts_resident_max"
            case tailRecordsMax = "fold_tail_records_max"
        }
    }

    /// PEM files, for both listeners.
    struct TLSFile: Decodable, Sendable {
        var certificate: String
        var key: String
        /// Whoever talks to the node by our own protocol must have a certificate of this authority.
        var clientAuthority: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case certificate, key
            case clientAuthority = "client_authority"
        }
    }

    /// This process's part in a cluster.
    struct ClusterFile: Decodable, Sendable {
        var node: String?
        var address: String?
        var zone: String?
        var coordinators: [String]?
        var coordinator: CoordinatorFile?
        var levelMax: UInt32?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case node, address, zone, coordinators, coordinator
            case levelMax = "level_max"
        }
    }

    struct CoordinatorFile: Decodable, Sendable {
        var listen: String
        var address: String?
        var store: String?
        var data: String?
        var etcd: EtcdFile?
        var expectedNodes: Int?
        var shards: UInt32?
        var backups: UInt32?
        var minInSync: UInt32?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case listen, address, store, data, etcd, shards, backups
            case expectedNodes = "expected_nodes"
            case minInSync = "min_in_sync"
        }
    }

    struct EtcdFile: Decodable, Sendable {
        var endpoints: [String]
        var prefix: String?
        var certificate: String?
        var key: String?
        var authority: String?
    }

    struct APIFile: Decodable, Sendable {
        var keys: [APIKeyFile]?
    }

    struct APIKeyFile: Decodable, Sendable {
        /// SHA-256 of the key, 64 hex digits.
        var sha256: String
        var tenant: String?
        var roles: [String]?
    }

    /// Largest file that is read, in bytes.
    static let bytesMax = 1 << 20

    /// Which keys each level knows, for the check of unknown ones.
    private static let knownKeys: [String: Set<String>] = [
        "": Set(CodingKeys.allCases.map(\.rawValue)),
        "tenants.*": Set(TenantFile.CodingKeys.allCases.map(\.rawValue)),
        "tenants.*.gateway": Set(GatewayFile.CodingKeys.allCases.map(\.rawValue)),
        "tenants.*.links": Set(LinksFile.CodingKeys.allCases.map(\.rawValue)),
        "tenants.*.email": Set(EmailFile.CodingKeys.allCases.map(\.rawValue)),
        "tenants.*.webhooks.*": ["url", "secret"],
        "reconcile": ["every"],
        "limits": Set(LimitsFile.CodingKeys.allCases.map(\.rawValue)),
        "tls": Set(TLSFile.CodingKeys.allCases.map(\.rawValue)),
        "cluster": Set(ClusterFile.CodingKeys.allCases.map(\.rawValue)),
        "cluster.coordinator": Set(CoordinatorFile.CodingKeys.allCases.map(\.rawValue)),
        "cluster.coordinator.etcd": ["endpoints", "prefix", "certificate", "key", "authority"],
        "api": ["keys"],
        "api.keys.*": ["sha256", "tenant", "roles"],
    ]

    /// Reads and checks a file. Throws a ``Failure`` that names file, line and field.
    static func read(_ path: String) throws -> ConfigurationFile {
        let bytes = try Console.read(path, bytesMax: self.bytesMax)
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            if let node = try Yams.compose(yaml: text) {
                try self.refuseUnknown(node, place: "", shown: "", file: path)
            }
            return try YAMLDecoder().decode(ConfigurationFile.self, from: text)
        } catch let failure as Failure {
            throw failure
        } catch let error as DecodingError {
            throw Failure("\(path): \(self.sentence(for: error))")
        } catch {
            throw Failure("\(path): this is not YAML: \(error)")
        }
    }

    private static func refuseUnknown(
        _ node: Node, place: String, shown: String, file: String
    ) throws(Failure) {
        switch node {
        case .mapping(let mapping):
            let known = self.knownKeys[place]
            for (key, value) in mapping {
                let name = key.string ?? "?"
                let path = shown.isEmpty ? name : "\(shown).\(name)"
                if let known, !known.contains(name) {
                    let line = key.mark.map { ":\($0.line)" } ?? ""
                    throw Failure(
                        "\(file)\(line): `\(path)` is not known; here it may be "
                            + known.sorted().joined(separator: ", "))
                }
                let isNamed = place == "tenants"
                let next = isNamed ? "\(place).*" : place.isEmpty ? name : "\(place).\(name)"
                try self.refuseUnknown(value, place: next, shown: path, file: file)
            }
        case .sequence(let sequence):
            for (index, value) in sequence.enumerated() {
                try self.refuseUnknown(
                    value, place: "\(place).*", shown: "\(shown)[\(index)]", file: file)
            }
        case .scalar, .alias:
            break
        }
    }

    private static func sentence(for error: DecodingError) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, let context):
            "`\([path(context), key.stringValue].filter { !$0.isEmpty }.joined(separator: "."))` is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            "`\(path(context))`: \(context.debugDescription)"
        @unknown default: "it cannot be read"
        }
    }
}
