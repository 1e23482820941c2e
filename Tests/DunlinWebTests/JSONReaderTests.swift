import DunlinWeb
import Testing

@Suite struct JSONReaderTests {
    static let good: [(String, JSONValue)] = [
        ("null", .null), (" true ", .bool(true)), ("-0.5e+3", .number("-0.5e+3")),
        (#""a\u00e9\ud83d\ude00\n""#, .string("aé😀\n")), ("[]", .array([])),
        (#"{"b":1,"a":[2]}"#, ["b": .number("1"), "a": [.number("2")]]),
    ]

    @Test(arguments: Self.good)
    func `Good texts are read with their order and spelling`(
        text: String, value: JSONValue
    ) throws {
        #expect(try JSONReader.read(Array(text.utf8)) == value)
    }

    @Test(arguments: [
        "", "  ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "1.", ".5", "1e", "-", "+1",
        "NaN", "tru", "\"a", "\"\u{01}\"", #""\x""#, #""\ud800""#, #""\ud800\u0041""#, #""\u00g0""#,
        "1 2", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "{\"a\":1,\"a\":2}", "[1 2]", "// x\n1",
    ])
    func `Bad texts are refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func `Bytes that are not UTF-8 are refused inside texts and names`() {
        for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0xFF]] {
            #expect(throws: JSONSyntaxError.self) { try JSONReader.read(bytes) }
        }
    }

    @Test func `Depth is bounded`() throws {
        let deep = { (depth: Int) in
            Array(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).map {
                $0.asciiValue ?? 0
            }
        }
        #expect(throws: Never.self) { try JSONReader.read(deep(JSONReader.depthMax)) }
        #expect(throws: JSONSyntaxError.self) {
            try JSONReader.read(deep(JSONReader.depthMax + 1))
        }
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read(deep(100_000)) }
    }

    @Test func `A text cut anywhere is refused, never trapped on`() {
        let whole = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9\\"],"b":{"c":"é"}}"#.utf8)
        for end in 0..<whole.count {
            #expect(throws: JSONSyntaxError.self) { try JSONReader.read(whole[..<end]) }
        }
    }

    @Test func `What is written is read back the same, compact and pretty`() throws {
        let value: JSONValue = [
            "text": "quote \" slash \\ line \n tab \t bell \u{07} é 😀",
            "list": [1, true, .null, []],
            "empty": [:], "number": .number("1.50"),
        ]
        #expect(try JSONReader.read(value.compactBytes) == value)
        #expect(try JSONReader.read(Array(value.prettyText.utf8)) == value)
        #expect(JSONValue(dictionaryLiteral: ("b", 1), ("a", nil)).compactText == #"{"b":1}"#)
    }
}
