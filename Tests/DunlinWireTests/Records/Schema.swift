import CDunlinProto
import CProtobufC

/// The outermost messages of records and snapshots.
enum Schema {
    static var accountSnapshot: UnsafePointer<ProtobufCMessageDescriptor> {
        var message = Dunlin__V1__AccountSnapshot()
        dunlin__v1__account_snapshot__init(&message)
        return message.base.descriptor
    }

    static var tenantSnapshot: UnsafePointer<ProtobufCMessageDescriptor> {
        var message = Dunlin__V1__TenantSnapshot()
        dunlin__v1__tenant_snapshot__init(&message)
        return message.base.descriptor
    }

    static var batch: UnsafePointer<ProtobufCMessageDescriptor> {
        var message = Dunlin__V1__Batch()
        dunlin__v1__batch__init(&message)
        return message.base.descriptor
    }
}
