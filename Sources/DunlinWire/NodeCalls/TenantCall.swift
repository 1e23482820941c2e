import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/switchTenant``.
package enum TenantCall {
    package static func request(_ change: TenantSwitch) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__SwitchTenantRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.tenant = try pack.text(change.tenant)
            if let mode = change.mode {
                request.pointee.has_mode = 1
                request.pointee.mode = UInt32(mode.rawValue)
            }
            if let chargesPaused = change.chargesPaused {
                request.pointee.has_charges_paused = 1
                request.pointee.charges_paused = chargesPaused ? 1 : 0
            }
            if let messagesPaused = change.messagesPaused {
                request.pointee.has_messages_paused = 1
                request.pointee.messages_paused = messagesPaused ? 1 : 0
            }
        }
    }

    package static func change(packed bytes: [UInt8]) throws(WireError) -> TenantSwitch {
        try ProtoCodec.unpack(
            Dunlin__V1__SwitchTenantRequest.self, bytes
        ) { request throws(WireError) in
            TenantSwitch(
                tenant: try Unpacking.name(
                    request.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax),
                mode: request.pointee.has_mode == 0
                    ? nil
                    : try Unpacking.kind(
                        request.pointee.mode, "mode", TenantSettings.Mode.self),
                chargesPaused: request.pointee.has_charges_paused == 0
                    ? nil : request.pointee.charges_paused != 0,
                messagesPaused: request.pointee.has_messages_paused == 0
                    ? nil : request.pointee.messages_paused != 0)
        }
    }

    package static func reply(_ view: TenantView) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__TenantStanding.self
        ) { pack, standing throws(WireError) in
            try pack.fill(standing, view)
        }
    }

    package static func view(packed bytes: [UInt8]) throws(WireError) -> TenantView {
        try ProtoCodec.unpack(Dunlin__V1__TenantStanding.self, bytes, Unpacking.tenant)
    }
}

extension Packing {
    func fill(
        _ standing: UnsafeMutablePointer<Dunlin__V1__TenantStanding>, _ view: TenantView
    ) throws(WireError) {
        standing.pointee.name = try self.text(view.name)
        standing.pointee.has_mode = 1
        standing.pointee.mode = UInt32(view.mode.rawValue)
        standing.pointee.has_charges_paused = 1
        standing.pointee.charges_paused = view.chargesPaused ? 1 : 0
        standing.pointee.has_messages_paused = 1
        standing.pointee.messages_paused = view.messagesPaused ? 1 : 0
        standing.pointee.gateway = try self.textOrNil(view.gateway)
        standing.pointee.policy = try self.textOrNil(view.policy)
    }
}

extension Unpacking {
    static func tenant(
        _ standing: UnsafePointer<Dunlin__V1__TenantStanding>
    ) throws(WireError) -> TenantView {
        TenantView(
            name: try Self.name(standing.pointee.name, "name", bytesMax: NodeCalls.idBytesMax),
            mode: try Self.kind(standing.pointee.mode, "mode", TenantSettings.Mode.self),
            chargesPaused: standing.pointee.charges_paused != 0,
            messagesPaused: standing.pointee.messages_paused != 0,
            gateway: try Self.id(standing.pointee.gateway, "gateway"),
            policy: try Self.id(standing.pointee.policy, "policy"))
    }
}
