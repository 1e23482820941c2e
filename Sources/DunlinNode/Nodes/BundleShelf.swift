package import DunlinCore
package import DunlinPorts
import Synchronization

/// The bundles of a node: the current one and every one that a case may still name.
///
/// Sources are kept in the data directory under `bundle.ID`, the current id under
/// `bundle.current`, and under `bundle.base` the id of what program and configuration said when it
/// was made; a bundle is durable before any shard uses it.
///
/// In a cluster the coordinator says which one is current, once one was applied, and every node's
/// bundles are kept there, too.
package final class BundleShelf: Sendable {
    struct Content {
        var current: SuppliedBundle
        var bundles: [BundleID: Bundle]
    }

    private let meta: any MetaStore
    private let supplier: any BundleSupplier
    private let content: Mutex<Content>

    /// `cluster`: What the coordinator says is current; 0 when it says nothing.
    init(meta: any MetaStore, supplier: any BundleSupplier, cluster: UInt64 = 0) throws {
        self.meta = meta
        self.supplier = supplier
        let initial = try supplier.initial()
        var bundles: [BundleID: Bundle] = [:]
        for id in try Self.ids(in: meta) {
            guard let source = try meta.value(Self.name(of: id)) else { continue }
            let loaded = try supplier.load(source: source)
            bundles[loaded.bundle.id] = loaded.bundle
        }
        let current =
            cluster == 0
            ? try Self.current(initial, supplier, meta)
            : try Self.loaded(BundleID(cluster), supplier, meta)
        bundles[current.bundle.id] = current.bundle
        self.content = Mutex(Content(current: current, bundles: bundles))
        try self.keep(initial)
        try self.store(current)
        try meta.set("bundle.base", Self.bytes(initial.bundle.id))
    }

    /// What is in force at a start: `initial`, and on top of it what was applied.
    private static func current(
        _ initial: SuppliedBundle, _ supplier: any BundleSupplier, _ meta: any MetaStore
    ) throws -> SuppliedBundle {
        let current = try meta.value("bundle.current")
        let base = try meta.value("bundle.base")
        // Nothing was ever applied.
        guard let current, current != base, let applied = try Self.source(current, meta) else {
            return initial
        }
        guard let base, base != Self.bytes(initial.bundle.id),
            let before = try Self.source(base, meta)
        else { return try supplier.load(source: applied) }
        return try supplier.rebasing(current: applied, from: before)
    }

    private static func source(
        _ id: [UInt8], _ meta: any MetaStore
    ) throws(StoreError) -> [UInt8]? {
        try meta.value(Self.name(of: BundleID(id.reduce(0) { $0 << 8 | UInt64($1) })))
    }

    /// The cluster's bundle, which was fetched before.
    private static func loaded(
        _ id: BundleID, _ supplier: any BundleSupplier, _ meta: any MetaStore
    ) throws -> SuppliedBundle {
        guard let source = try meta.value(Self.name(of: id)) else {
            throw NodeError(.unavailable, "the cluster's bundle \(id) is not on this node")
        }
        return try Self.supplied(id, source, supplier)
    }

    /// A program that makes another bundle of the same source would decide otherwise than the others.
    private static func supplied(
        _ id: BundleID, _ source: [UInt8], _ supplier: any BundleSupplier
    ) throws(NodeError) -> SuppliedBundle {
        let supplied = try supplier.load(source: source)
        guard supplied.bundle.id == id else {
            throw NodeError(
                .failedPrecondition,
                "this program makes another bundle of the cluster's source: apply the policy again"
                    + " from a node of the newest version")
        }
        return supplied
    }

    var snapshot: Content { self.content.withLock { $0 } }

    /// Checks a policy file against the current bundle; changes nothing.
    func compile(yaml: String, tenant: String?) throws(NodeError) -> SuppliedBundle {
        try self.supplier.applying(
            yaml: yaml, tenant: tenant, to: self.snapshot.current.source)
    }

    /// Reads a bundle that another node made and makes it durable and current.
    func adopt(_ id: BundleID, source: [UInt8]) throws(NodeError) -> SuppliedBundle {
        let supplied = try Self.supplied(id, source, self.supplier)
        try self.use(supplied)
        return supplied
    }

    /// Checks a policy file against the current bundle and makes the result durable and current.
    func apply(yaml: String, tenant: String?) throws(NodeError) -> SuppliedBundle {
        let compiled = try self.compile(yaml: yaml, tenant: tenant)
        try self.use(compiled)
        return compiled
    }

    private func use(_ compiled: SuppliedBundle) throws(NodeError) {
        do {
            try self.store(compiled)
        } catch {
            throw NodeError(.storage, "the bundle cannot be stored: \(error)")
        }
        self.content.withLock { content in
            content.current = compiled
            content.bundles[compiled.bundle.id] = compiled.bundle
        }
    }

    // MARK: The cluster's

    /// Brings what this node keeps and what the coordinator keeps level, before the node decides
    /// anything: its own go there, the others' come here. They are read when the node is made.
    ///
    /// Throws what the coordinator or the directory threw; trying again is right.
    package static func exchange(
        _ meta: any MetaStore, _ library: any BundleLibrary
    ) async throws {
        let there = Set(try await library.bundles())
        let here = try Self.ids(in: meta)
        for id in here where !there.contains(id.rawValue) {
            guard let source = try meta.value(Self.name(of: id)) else { continue }
            try await library.keep(bundle: id.rawValue, source: source, use: nil)
        }
        for id in there.subtracting(here.map(\.rawValue)).sorted() {
            let source = try await library.source(ofBundle: id)
            try Self.keep(BundleID(id), source, in: meta)
        }
    }

    private func store(_ compiled: SuppliedBundle) throws(StoreError) {
        try self.keep(compiled)
        try self.meta.set("bundle.current", Self.bytes(compiled.bundle.id))
    }

    /// Makes a bundle durable without making it current.
    private func keep(_ compiled: SuppliedBundle) throws(StoreError) {
        try Self.keep(compiled.bundle.id, compiled.source, in: self.meta)
    }

    /// Makes a source durable under its id without reading it.
    package static func keep(
        _ id: BundleID, _ source: [UInt8], in meta: any MetaStore
    ) throws(StoreError) {
        try meta.set(Self.name(of: id), source)
        var ids = try Self.ids(in: meta)
        if !ids.contains(id) {
            ids.append(id)
            try meta.set("bundle.ids", ids.flatMap(Self.bytes))
        }
    }

    /// The stored sources of every bundle, for tools that read a data directory without a node.
    package static func sources(in meta: any MetaStore) throws(StoreError) -> [[UInt8]] {
        var sources: [[UInt8]] = []
        for id in try Self.ids(in: meta) {
            if let source = try meta.value(Self.name(of: id)) { sources.append(source) }
        }
        return sources
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
