import DunlinCore
import DunlinPorts
import Synchronization

/// The bundles of a node: the current one and every one that a case may still name.
///
/// Sources are kept in the data directory under `bundle.ID`, the current id under
/// `bundle.current`; a bundle is durable before any shard uses it.
final class BundleShelf: Sendable {
    struct Content {
        var current: SuppliedBundle
        var bundles: [BundleID: Bundle]
    }

    private let meta: any MetaStore
    private let supplier: any BundleSupplier
    private let content: Mutex<Content>

    init(meta: any MetaStore, supplier: any BundleSupplier) throws {
        self.meta = meta
        self.supplier = supplier
        var current = try supplier.initial()
        var bundles: [BundleID: Bundle] = [:]
        for id in try Self.ids(in: meta) {
            guard let source = try meta.value(Self.name(of: id)) else { continue }
            let loaded = try supplier.load(source: source)
            bundles[loaded.bundle.id] = loaded.bundle
            if try meta.value("bundle.current") == Self.bytes(id) { current = loaded }
        }
        bundles[current.bundle.id] = current.bundle
        self.content = Mutex(Content(current: current, bundles: bundles))
        try self.store(current)
    }

    var snapshot: Content { self.content.withLock { $0 } }

    /// Checks a policy file against the current bundle and makes the result durable and current.
    func apply(yaml: String, tenant: String?) throws(NodeError) -> SuppliedBundle {
        let base = self.snapshot.current.source
        let compiled = try self.supplier.applying(yaml: yaml, tenant: tenant, to: base)
        do {
            try self.store(compiled)
        } catch {
            throw NodeError(.storage, "the bundle cannot be stored: \(error)")
        }
        self.content.withLock { content in
            content.current = compiled
            content.bundles[compiled.bundle.id] = compiled.bundle
        }
        return compiled
    }

    private func store(_ compiled: SuppliedBundle) throws(StoreError) {
        let id = compiled.bundle.id
        try self.meta.set(Self.name(of: id), compiled.source)
        var ids = try Self.ids(in: self.meta)
        if !ids.contains(id) {
            ids.append(id)
            try self.meta.set("bundle.ids", ids.flatMap(Self.bytes))
        }
        try self.meta.set("bundle.current", Self.bytes(id))
    }

    private static func name(of id: BundleID) -> String { "bundle.\(id)" }

    private static func ids(in meta: any MetaStore) throws(StoreError) -> [BundleID] {
        let bytes = try meta.value("bundle.ids") ?? []
        return stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            BundleID(bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    private static func bytes(_ id: BundleID) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: id.rawValue >> $0) }
    }
}
