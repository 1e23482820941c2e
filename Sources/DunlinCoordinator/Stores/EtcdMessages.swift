import DunlinPorts
import Foundation

// The part of etcd's JSON gateway that we use: keys and values are base64, 64-bit integers text,
// fields with a zero are left out. <https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/>

/// Bytes as etcd's JSON has them.
struct EtcdBytes: Codable, Hashable {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(_ text: String) { self.bytes = Array(text.utf8) }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self.bytes = [UInt8](try container.decode(Data.self))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(self.bytes))
    }

    /// Keys are ours and ASCII; a foreign one is repaired, never trapped on.
    var text: String { String(decoding: self.bytes, as: UTF8.self) }
}

/// A 64-bit integer as etcd's JSON has it.
struct EtcdNumber: Codable, Hashable {
    var value: Int64

    init(_ value: UInt64) { self.value = Int64(clamping: value) }

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Int64(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no 64-bit integer"))
        }
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(self.value))
    }

    var unsigned: UInt64 { UInt64(clamping: self.value) }
}

struct EtcdHeader: Decodable {
    var revision: EtcdNumber?
}

struct EtcdRange: Codable {
    var key: EtcdBytes
    var rangeEnd: EtcdBytes?

    enum CodingKeys: String, CodingKey {
        case key
        case rangeEnd = "range_end"
    }

    init(key: String) {
        self.key = EtcdBytes(key)
    }

    /// All keys that begin with `prefix`: up to the prefix with its last byte raised.
    init(prefix: String) {
        self.key = EtcdBytes(prefix.isEmpty ? [0] : Array(prefix.utf8))
        var end = Array(prefix.utf8)
        while let last = end.last, last == 255 { end.removeLast() }
        if let last = end.last {
            end[end.count - 1] = last + 1
        } else {
            end = [0]
        }
        self.rangeEnd = EtcdBytes(end)
    }
}

struct EtcdEntry: Decodable {
    var key: EtcdBytes
    var value: EtcdBytes?
    var createRevision: EtcdNumber
    var modRevision: EtcdNumber

    enum CodingKeys: String, CodingKey {
        case key
        case value
        case createRevision = "create_revision"
        case modRevision = "mod_revision"
    }

    var stored: StoredEntry {
        StoredEntry(
            key: self.key.text, value: self.value?.bytes ?? [],
            createRevision: self.createRevision.unsigned,
            modRevision: self.modRevision.unsigned)
    }
}

struct EtcdRangeReply: Decodable {
    var header: EtcdHeader?
    var kvs: [EtcdEntry]?
}

struct EtcdTransaction: Encodable {
    struct Compare: Encodable {
        var target: String
        var key: EtcdBytes
        var result = "EQUAL"
        var createRevision: EtcdNumber?
        var modRevision: EtcdNumber?

        enum CodingKeys: String, CodingKey {
            case target
            case key
            case result
            case createRevision = "create_revision"
            case modRevision = "mod_revision"
        }
    }

    struct Put: Encodable {
        var key: EtcdBytes
        var value: EtcdBytes
        var lease: EtcdNumber?
    }

    struct Operation: Encodable {
        var put: Put?
        var deletion: EtcdRange?
        var range: EtcdRange?

        enum CodingKeys: String, CodingKey {
            case put = "request_put"
            case deletion = "request_delete_range"
            case range = "request_range"
        }
    }

    var compare: [Compare]
    var success: [Operation]
    var failure: [Operation]

    /// `lease`: With which the puts end; 0 for none.
    init(_ transaction: StoreTransaction, lease: UInt64 = 0) {
        self.compare = transaction.conditions.map { condition in
            switch condition {
            case .absent(let key):
                Compare(target: "CREATE", key: EtcdBytes(key), createRevision: EtcdNumber(0))
            case .created(let key, let revision):
                Compare(
                    target: "CREATE", key: EtcdBytes(key), createRevision: EtcdNumber(revision))
            case .modified(let key, let revision):
                Compare(target: "MOD", key: EtcdBytes(key), modRevision: EtcdNumber(revision))
            }
        }
        self.success = transaction.changes.map { change in
            switch change {
            case .put(let key, let value):
                Operation(
                    put: Put(
                        key: EtcdBytes(key), value: EtcdBytes(value),
                        lease: lease == 0 ? nil : EtcdNumber(lease)))
            case .delete(let key): Operation(deletion: EtcdRange(key: key))
            }
        }
        let compared = Set(transaction.conditions.map(\.key)).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        self.failure = compared.map { Operation(range: EtcdRange(key: $0)) }
    }
}

struct EtcdTransactionReply: Decodable {
    struct Response: Decodable {
        var range: EtcdRangeReply?

        enum CodingKeys: String, CodingKey {
            case range = "response_range"
        }
    }

    var header: EtcdHeader
    var succeeded: Bool?
    var responses: [Response]?
}

struct EtcdLeaseRequest: Encodable {
    var seconds: EtcdNumber?
    var id: EtcdNumber?

    enum CodingKeys: String, CodingKey {
        case seconds = "TTL"
        case id = "ID"
    }
}

struct EtcdLeaseReply: Decodable {
    var id: EtcdNumber?
    var seconds: EtcdNumber?

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case seconds = "TTL"
    }
}

/// What the gateway wraps around an answer of a stream.
struct EtcdStreamed<Reply: Decodable>: Decodable {
    var result: Reply?
}

struct EtcdWatchRequest: Encodable {
    var creation: EtcdRange

    enum CodingKeys: String, CodingKey {
        case creation = "create_request"
    }
}

/// What the gateway answers instead.
struct EtcdFailure: Decodable {
    /// Numbers as gRPC has them.
    var code: Int?
    var message: String?
}
