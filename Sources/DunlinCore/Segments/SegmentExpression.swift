/// A condition on a case, as policy files write it:
///
///     plan == "pro" && mrr_minor >= 5000 && country in ["DE", "AT"]
///     !("vip" in tags) || tenure_days < 30
///
/// Attributes are texts or whole numbers; a list attribute such as `tags` is its members with
/// commas between. Total: an attribute that is not known is the empty text, and comparing by size
/// with what is no number is false.
package struct SegmentExpression: Sendable, Equatable {
    /// A value that the author wrote.
    package enum Literal: Sendable, Equatable {
        case text(String)
        case number(Int64)
    }

    package enum Comparison: Sendable, Equatable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    }

    /// One step of the program; operands lie on a stack of truth values.
    enum Step: Sendable, Equatable {
        case compare(attribute: String, Comparison, Literal)
        /// The attribute is one of the values.
        case isOne(attribute: String, of: [Literal])
        /// The value is a member of the attribute's list.
        case isMember(Literal, attribute: String)
        /// The attribute, by itself, is `true`.
        case isTrue(attribute: String)
        case constant(Bool)
        case not
        case and
        case or
    }

    /// As it was written.
    package let source: String
    /// In postfix order, so that evaluating needs no recursion.
    let steps: [Step]
    /// Attributes that it names, each once, in the order of their first use.
    package let attributes: [String]

    package static let bytesMax = 1024
    package static let depthMax = 16
    package static let stepsMax = 128
    package static let listMax = 64

    init(source: String, steps: [Step], attributes: [String]) {
        self.source = source
        self.steps = steps
        self.attributes = attributes
    }

    /// Reads an expression; throws with the place of the first thing that is wrong.
    package init(_ source: String) throws(SegmentSyntaxError) {
        var parser = SegmentParser(source)
        self = try parser.expression()
    }

    package func matches(_ facts: SegmentFacts) -> Bool {
        var stack: [Bool] = []
        for step in self.steps {
            switch step {
            case .constant(let value): stack.append(value)
            case .isTrue(let name): stack.append(facts.value(of: name) == "true")
            case .compare(let name, let comparison, let literal):
                stack.append(Self.compare(facts.value(of: name), comparison, literal))
            case .isOne(let name, let literals):
                let value = facts.value(of: name)
                stack.append(literals.contains { Self.compare(value, .equal, $0) })
            case .isMember(let literal, let name):
                let members = facts.value(of: name).split(separator: ",")
                stack.append(
                    members.contains { Self.compare(Self.trimmed($0), .equal, literal) })
            case .not: stack.append(!(stack.popLast() ?? true))
            case .and:
                let right = stack.popLast() ?? false
                stack.append((stack.popLast() ?? false) && right)
            case .or:
                let right = stack.popLast() ?? false
                stack.append((stack.popLast() ?? false) || right)
            }
        }
        return stack.last ?? false
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }

    private static func compare(
        _ value: String, _ comparison: Comparison, _ literal: Literal
    ) -> Bool {
        switch literal {
        case .text(let text):
            let isEqual = value.hasSameBytes(as: text)
            return switch comparison {
            case .equal: isEqual
            case .notEqual: !isEqual
            case .less, .lessOrEqual, .greater, .greaterOrEqual: false
            }
        case .number(let number):
            guard let own = Int64(value) else { return comparison == .notEqual }
            return switch comparison {
            case .equal: own == number
            case .notEqual: own != number
            case .less: own < number
            case .lessOrEqual: own <= number
            case .greater: own > number
            case .greaterOrEqual: own >= number
            }
        }
    }
}

/// What is wrong with an expression, and where.
package struct SegmentSyntaxError: Error, Equatable, Sendable {
    package enum Code: Sendable {
        case tooLong
        case tooDeep
        case tooManySteps
        case listTooLong
        case unexpectedEnd
        case unexpectedCharacter
        case unclosedText
        case numberTooLarge
        case attributeExpected
        case valueExpected
        case operatorExpected
        case textHasNoSize
        case closingExpected
    }

    package var code: Code
    /// Characters from the start of the expression, counted from 0.
    package var offset: Int

    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// After "the condition ".
    package var words: String {
        switch self.code {
        case .tooLong: "is longer than \(SegmentExpression.bytesMax) bytes"
        case .tooDeep: "is nested more than \(SegmentExpression.depthMax) deep"
        case .tooManySteps: "has more than \(SegmentExpression.stepsMax) parts"
        case .listTooLong: "has a list of more than \(SegmentExpression.listMax) values"
        case .unexpectedEnd: "ends too early"
        case .unexpectedCharacter: "has a character here that means nothing"
        case .unclosedText: "has a text here without a closing quote"
        case .numberTooLarge: "has a number here that is too large"
        case .attributeExpected: "needs the name of an attribute here"
        case .valueExpected: "needs a text in quotes or a whole number here"
        case .operatorExpected: "needs &&, || or its end here"
        case .textHasNoSize: "compares a text by size here"
        case .closingExpected: "needs a closing bracket here"
        }
    }

    /// What its author can do.
    package var remedy: String {
        switch self.code {
        case .tooLong, .tooDeep, .tooManySteps, .listTooLong:
            "Split it into several segments"
        case .unexpectedEnd, .operatorExpected:
            "Write comparisons such as `plan == \"pro\"`, joined by && and ||"
        case .unexpectedCharacter:
            "Use names, \"texts\", whole numbers, == != < <= > >= in && || ! ( ) [ ]"
        case .unclosedText: "Close it with \""
        case .numberTooLarge: "Write a whole number of at most 18 digits"
        case .attributeExpected:
            "Write a name such as `plan`, or one of "
                + SegmentFacts.builtIn.joined(separator: ", ")
        case .valueExpected: "Write a value such as \"pro\" or 5000"
        case .textHasNoSize: "Compare texts with == or !="
        case .closingExpected: "Close every ( with ) and every [ with ]"
        }
    }
}
