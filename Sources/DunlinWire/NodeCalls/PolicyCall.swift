import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/applyPolicy``.
package enum PolicyCall {
    /// `yaml`: At most ``NodeCalls/policyBytesMax`` bytes.
    package static func request(yaml: String, tenant: String?) throws(WireError) -> [UInt8] {
        guard yaml.utf8.count <= NodeCalls.policyBytesMax else {
            throw WireError(.badValue, "yaml is over \(NodeCalls.policyBytesMax) bytes")
        }
        return try ProtoCodec.pack(
            Dunlin__V1__ApplyPolicyRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.yaml = try pack.text(yaml)
            if let tenant { request.pointee.tenant = try pack.text(tenant) }
        }
    }

    package static func request(
        packed bytes: [UInt8]
    ) throws(WireError) -> (yaml: String, tenant: String?) {
        try ProtoCodec.unpack(
            Dunlin__V1__ApplyPolicyRequest.self, bytes
        ) { request throws(WireError) in
            (
                try Unpacking.text(
                    request.pointee.yaml, "yaml", bytesMax: NodeCalls.policyBytesMax),
                try Unpacking.textOrNil(
                    request.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax)
            )
        }
    }

    package static func reply(_ applied: PolicyApplied) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__ApplyPolicyReply.self
        ) { pack, reply throws(WireError) in
            reply.pointee.has_bundle = 1
            reply.pointee.bundle = applied.bundle.rawValue
            reply.pointee.n_policies = applied.policies.count
            reply.pointee.policies = try pack.texts(applied.policies)
            reply.pointee.n_warnings = applied.warnings.count
            reply.pointee.warnings = try pack.texts(
                applied.warnings.map { truncated($0, bytesMax: WireLimits.messageBytesMax) })
        }
    }

    package static func applied(packed bytes: [UInt8]) throws(WireError) -> PolicyApplied {
        try ProtoCodec.unpack(
            Dunlin__V1__ApplyPolicyReply.self, bytes
        ) { reply throws(WireError) in
            PolicyApplied(
                bundle: BundleID(reply.pointee.bundle),
                policies: try Unpacking.texts(
                    reply.pointee.n_policies, reply.pointee.policies, "policies", countMax: 1000,
                    bytesMax: NodeCalls.idBytesMax),
                warnings: try Unpacking.texts(
                    reply.pointee.n_warnings, reply.pointee.warnings, "warnings", countMax: 1000,
                    bytesMax: WireLimits.messageBytesMax))
        }
    }
}
