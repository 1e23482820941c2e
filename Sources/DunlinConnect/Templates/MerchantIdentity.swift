/// Who speaks to the customer.
package struct MerchantIdentity: Sendable, Equatable {
    /// The name that customers know. Not empty.
    package var name: String
    /// Where a customer can ask; empty when nowhere.
    package var support: String

    package init(name: String, support: String = "") {
        self.name = name
        self.support = support
    }
}
