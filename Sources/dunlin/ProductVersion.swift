/// The version of this program, as `--version` and a node's status show it.
enum ProductVersion {
    static let current = "0.1.0"
}
