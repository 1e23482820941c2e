/// What an operator is told who asks a node about the cluster while no coordinator answers.
enum NoCoordinator {
    /// `unheardMs`: Since a coordinator answered the node; `nil` when none ever did.
    static func message(unheardMs: Int64?) -> String {
        let since = unheardMs.map { "for \($0 / 1000) s" } ?? "since it was started"
        return
            "This node answers; it has heard no coordinator \(since). Until one answers, shards that"
            + " are led go on taking commands, nothing is charged or sent, and no shard is moved or"
            + " taken over. Start the coordinator, or see from here whether it can be reached."
    }
}
