/// What became of one event.
package enum IntakeResult: Sendable, Equatable {
    /// It is durable.
    case accepted
    /// It was durable before.
    case repeated
    /// It is understood and changes nothing; sending it again is of no use.
    case ignored(CommandAnswer.IgnoredReason)
    /// It can never be taken.
    case refused(code: String, message: String)
    /// It was not taken this time: send it again.
    case retry(code: String, message: String)
}
