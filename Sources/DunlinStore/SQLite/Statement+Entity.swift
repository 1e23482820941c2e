import DunlinCore
import DunlinPorts
import GRDB

extension Statement {
    /// Binds tenant, kind and key at `index` and the two after it, for as long as `body` runs.
    @inline(__always)
    func withEntity<T>(
        _ entity: EntityKey, from index: Int32, _ body: (Statement) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        var tenant = entity.tenant
        var key = entity.key
        let kind = Int64(entity.kind.rawValue)
        let result: Result<T, StoreError> = tenant.withUTF8 { tenant in
            key.withUTF8 { key in
                self.bind(text: tenant, at: index)
                self.bind(kind, at: index + 1)
                self.bind(text: key, at: index + 2)
                do throws(StoreError) {
                    return .success(try body(self))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }

    /// Runs a statement that returns no row, with `bytes` bound in place.
    @inline(__always)
    func run(
        _ operation: StaticString, binding bytes: [UInt8], at index: Int32
    ) throws(StoreError) {
        let failure = bytes.withUnsafeBytes { bytes -> StoreError? in
            self.bind(bytes, at: index)
            do throws(StoreError) {
                try self.run(operation)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
