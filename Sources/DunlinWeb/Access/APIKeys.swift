import Crypto
import DunlinCore

/// Who may use the API. Keys are known by their SHA-256 only.
package struct APIKeys: Sendable {
    /// What a key may do.
    package struct Roles: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Send events.
        package static let events = Roles(rawValue: 1)
        /// Read accounts, cases and reports of its tenant.
        package static let read = Roles(rawValue: 2)
        /// Use the operator verbs on its tenant's cases.
        package static let operate = Roles(rawValue: 4)
        /// Read `/metrics`, which speaks of the whole node.
        package static let metrics = Roles(rawValue: 8)

        /// Read addresses in clear, and erase people: for those who answer for personal data.
        package static let personal = Roles(rawValue: 16)

        package static let all: Roles = [.events, .read, .operate, .metrics, .personal]

        /// Reads a name as the configuration spells it; `nil` when it is none.
        package init?(name: String) {
            switch name {
            case "events": self = .events
            case "read": self = .read
            case "operate": self = .operate
            case "metrics": self = .metrics
            case "personal": self = .personal
            case "all": self = .all
            default: return nil
            }
        }
    }

    /// One configured key.
    package struct Key: Sendable {
        /// SHA-256 of the key's bytes: 32 bytes.
        package var digest: [UInt8]
        package var tenant: String
        package var roles: Roles

        package init(digest: [UInt8], tenant: String, roles: Roles = .all) {
            self.digest = digest
            self.tenant = tenant
            self.roles = roles
        }

        /// `hexDigest`: 64 hexadecimal digits, as `sha256sum` prints them.
        ///
        /// Answers `nil` for anything else.
        package init?(hexDigest: String, tenant: String, roles: Roles = .all) {
            let digits = hexDigest.compactMap(\.hexDigitValue)
            guard digits.count == 64, hexDigest.utf8.count == 64 else { return nil }
            self.init(
                digest: stride(from: 0, to: 64, by: 2).map {
                    UInt8(digits[$0] << 4 | digits[$0 + 1])
                },
                tenant: tenant, roles: roles)
        }
    }

    private let keys: [Key]

    /// No keys: everybody who can reach the listener is the tenant `main`.
    package init(_ keys: [Key] = []) {
        self.keys = keys
    }

    package var isEmpty: Bool { self.keys.isEmpty }

    /// Who speaks. `nil` when the header names no key that is known.
    ///
    /// `authorization`: The header's value, `Bearer …`; `nil` when there was none.
    package func caller(authorization: String?) -> Caller? {
        guard !self.keys.isEmpty else {
            return Caller(tenant: EntityKey.mainTenant, roles: .all)
        }
        guard let authorization, authorization.prefix(7).lowercased() == "bearer " else {
            return nil
        }
        let digest = Array(SHA256.hash(data: Array(authorization.dropFirst(7).utf8)))
        // Every key is compared, each in constant time: the duration says nothing about a match.
        var found: Key?
        for key in self.keys where Self.isEqual(key.digest, digest) { found = found ?? key }
        return found.map { Caller(tenant: $0.tenant, roles: $0.roles) }
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// The tenant and rights of one request.
package struct Caller: Sendable, Equatable {
    package var tenant: String
    package var roles: APIKeys.Roles
}
