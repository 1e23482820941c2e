/// Something that reads bytes which anybody may have written.
struct Subject {
    var name: String
    /// Good inputs, at least one: all others are made from them.
    var corpus: [[UInt8]]
    /// Answers whether the input was understood; throws a ``Violation``.
    var check: (_ input: [UInt8], _ random: inout Randomness) throws -> Bool

    static func all() throws -> [Subject] {
        try Self.frames() + Self.messages() + Self.records()
    }

    /// A decoder with its encoder: what is understood is written, read and written again, and must
    /// stay the same.
    static func codec<Value>(
        _ name: String, _ corpus: [[UInt8]], decode: @escaping ([UInt8]) throws -> Value,
        encode: @escaping (Value) throws -> [UInt8]
    ) -> Subject {
        Subject(name: name, corpus: corpus) { input, _ in
            guard let value = try? decode(input) else { return false }
            let written = try encode(value)
            let again: [UInt8]
            do {
                again = try encode(try decode(written))
            } catch {
                throw Violation(
                    subject: name, promise: "what was written is not read (\(error))", input: input)
            }
            guard again == written else {
                throw Violation(
                    subject: name, promise: "what was written is read as something else",
                    input: input)
            }
            return true
        }
    }
}
