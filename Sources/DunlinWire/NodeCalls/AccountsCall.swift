import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/accounts``.
package enum AccountsCall {
    /// At most ``NodeCalls/keysMax`` keys.
    package static func request(_ keys: [EntityKey]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__AccountsRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.n_entities = keys.count
            request.pointee.entities = try pack.messages(
                Dunlin__V1__EntityName.self, keys
            ) { name, key throws(WireError) in
                try pack.fill(name, key)
            }
        }
    }

    package static func keys(packed bytes: [UInt8]) throws(WireError) -> [EntityKey] {
        try ProtoCodec.unpack(
            Dunlin__V1__AccountsRequest.self, bytes
        ) { request throws(WireError) in
            try Unpacking.messages(
                request.pointee.n_entities, request.pointee.entities, "entities",
                countMax: NodeCalls.keysMax, Unpacking.entity)
        }
    }

    /// Answers in order; `nil` for an account that was never heard of.
    package static func items(_ views: [AccountView?]) throws(WireError) -> [[UInt8]] {
        var items: [[UInt8]] = []
        var waiting: [(view: AccountView, state: [UInt8])?] = []
        var waitingBytes = 0
        for view in views {
            let packed = view.map { ($0, $0.state.packed()) }
            let bytes = 64 + (packed.map { $0.1.count + 2 * NodeCalls.idBytesMax } ?? 0)
            guard packed.map({ $0.1.count <= NodeCalls.stateBytesMax }) ?? true else {
                throw WireError(
                    .messageTooLarge, "a state over \(NodeCalls.stateBytesMax) bytes")
            }
            if !waiting.isEmpty, waitingBytes + bytes > NodeCalls.itemBytesAim {
                items.append(try Self.item(waiting))
                waiting = []
                waitingBytes = 0
            }
            waiting.append(packed)
            waitingBytes += bytes
        }
        if !waiting.isEmpty { items.append(try Self.item(waiting)) }
        return items
    }

    package static func views(item bytes: [UInt8]) throws(WireError) -> [AccountView?] {
        try ProtoCodec.unpack(Dunlin__V1__AccountsItem.self, bytes) { item throws(WireError) in
            try Unpacking.messages(
                item.pointee.n_answers, item.pointee.answers, "answers",
                countMax: NodeCalls.keysMax
            ) { answer throws(WireError) -> AccountView? in
                guard let account = answer.pointee.account else { return nil }
                return try Self.view(UnsafePointer(account))
            }
        }
    }

    private static func item(
        _ answers: [(view: AccountView, state: [UInt8])?]
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__AccountsItem.self) { pack, item throws(WireError) in
            item.pointee.n_answers = answers.count
            item.pointee.answers = try pack.messages(
                Dunlin__V1__AccountAnswer.self, answers
            ) { message, answer throws(WireError) in
                guard let answer else { return }
                let account = pack.make(Dunlin__V1__AccountStanding.self)
                account.pointee.entity = try pack.entity(answer.view.key)
                account.pointee.has_state = 1
                account.pointee.state = pack.bytes(answer.state)
                account.pointee.has_as_of_ms = 1
                account.pointee.as_of_ms = answer.view.asOf.ms
                account.pointee.has_is_stale = 1
                account.pointee.is_stale = answer.view.isStale ? 1 : 0
                message.pointee.account = account
            }
        }
    }

    private static func view(
        _ account: UnsafePointer<Dunlin__V1__AccountStanding>
    ) throws(WireError) -> AccountView {
        let packed = try Unpacking.bytes(
            account.pointee.state, "state", bytesMax: NodeCalls.stateBytesMax)
        let state: AccountState
        do throws(RecordError) {
            state = try AccountState(packed: packed)
        } catch {
            throw WireError(.malformedMessage, "state: \(error.description)")
        }
        return AccountView(
            key: try Unpacking.entity(account.pointee.entity), state: state,
            asOf: Timestamp(ms: account.pointee.as_of_ms),
            isStale: account.pointee.is_stale != 0)
    }
}
