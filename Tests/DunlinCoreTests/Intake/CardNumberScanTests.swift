import DunlinCore
import Testing

@Suite("The card number scan (Law 10)")
struct CardNumberScanTests {
    // The brands' published test numbers.
    private static let numbers = [
        "4242424242424242", "4000056655665556", "4222222222222", "5555555555554444",
        "2223003122003222", "2720990000000007", "378282246310005", "341111111111111",
        "6011111111111117", "6445644564456445", "6500000000000002", "30569309025904",
        "38520000023237", "36227206271667", "3566002020360505", "6200000000000005",
        "6205500000000000004", "5018000000000009", "6759649826438453", "6304000000000000",
        "2200000000000004", "6062828888666688", "5066991111111118",
    ]

    @Test("finds a number of every brand", arguments: CardNumberScanTests.numbers)
    func brands(number: String) {
        #expect(CardNumberScan.contains(number))
        let lastFour = number.suffix(4)
        #expect(CardNumberScan.masked(number) == "[card ending \(lastFour)]")
        #expect(CardNumberScan.masked("a \(number), b") == "a [card ending \(lastFour)], b")
    }

    @Test("finds none after any single digit is changed", arguments: CardNumberScanTests.numbers)
    func oneDigitOff(number: String) {
        let digits = Array(number.utf8)
        for place in digits.indices {
            var other = digits
            other[place] = other[place] == 0x39 ? 0x30 : other[place] + 1
            #expect(!CardNumberScan.contains(String(decoding: other, as: UTF8.self)))
        }
    }

    @Test(
        "finds a number however it is written",
        arguments: [
            "4242 4242 4242 4242", "4242-4242-4242-4242", "4242 - 4242 - 4242 - 4242",
            "cus_4242424242424242", "card4242424242424242x", "my card is 4242 4242 42424242.",
            "12 4242 4242 4242 4242 99", "4242\u{A0}4242\u{A0}4242\u{A0}4242",
            "4242\u{2013}4242\u{2013}4242\u{2013}4242", "(4242424242424242)",
            "exp 12/28 4242 4242 4242 4242 123", "+4242424242424242", "3782 822463 10005",
            "día 4242424242424242 año",
        ])
    func writings(text: String) {
        #expect(CardNumberScan.contains(text))
        #expect(CardNumberScan.masked(text).contains("[card ending "))
        #expect(!CardNumberScan.contains(CardNumberScan.masked(text)))
    }

    @Test(
        "takes nothing else for one",
        arguments: [
            "", "acct-00000001", "cus_NffrFeUfNV2Hib", "in_1MtHbELkdIwHu7ixl4OzzPMv",
            "424242424242", "4242424242424241", "42424242424242424242", "4242.4242.4242.4242",
            "4242 4242 4242 424", "4242    4242 4242 4242", "1234567890123456",
            "9999999999999995", "2026-01-01T00:00:00Z", "4242\n4242\n4242\n4242",
            "0000000000000000", "550e8400-e29b-41d4-a716-446655440000",
        ])
    func others(text: String) {
        #expect(!CardNumberScan.contains(text))
        #expect(CardNumberScan.masked(text) == text)
    }

    @Test("does not take a UUID for one, and does take the same digits elsewhere")
    func uuid() {
        #expect(!CardNumberScan.contains("a1b2c3d4-e5f6-4242-4242-424242424242"))
        #expect(CardNumberScan.contains("id 4242-4242-42424242 x"))
        // One character less, and it is no UUID.
        #expect(CardNumberScan.contains("a1b2c3d4-e5f6-4a4-4242-424242424242"))
    }

    @Test("exempts digits after a plus sign in telephone fields only")
    func phones() {
        let phone = "+4242424242424242"
        #expect(CardNumberScan.contains(phone))
        #expect(!CardNumberScan.contains(phone, isPhone: true))
        #expect(CardNumberScan.masked(phone, isPhone: true) == phone)
        #expect(CardNumberScan.contains("4242424242424242", isPhone: true))
        #expect(!CardNumberScan.contains("+34 600 123 456", isPhone: true))
    }

    @Test("masks every number of a text and keeps the rest byte for byte")
    func several() {
        let text = "ñ 4242424242424242/378282246310005; 5555 5555 5555 4444 €"
        let expected = "ñ [card ending 4242]/[card ending 0005]; [card ending 4444] €"
        #expect(CardNumberScan.masked(text) == expected)
    }

    @Test("masks numbers that share groups as one")
    func overlapping() {
        // Groups one to four are a number, and so are groups two to five.
        let text = "4242 4242 4242 4242 4242"
        #expect(CardNumberScan.masked(text) == "[card ending 4242]")
    }

    @Test("finds every number that a generator hides among random groups")
    func hidden() {
        var random = GateSequence(seed: 21)
        for _ in 0..<2_000 {
            let number = Self.numbers.randomElement(using: &random) ?? ""
            var written = ""
            for (place, digit) in number.enumerated() {
                if place > 0, UInt8.random(in: 0..<5, using: &random) == 0 {
                    written += Bool.random(using: &random) ? " " : "-"
                }
                written.append(digit)
            }
            let before = ["", "x", "no 12 ", "7-", "é"].randomElement(using: &random) ?? ""
            let after = ["", "y", " 12", "-7", " €"].randomElement(using: &random) ?? ""
            #expect(
                CardNumberScan.contains(before + written + after), "\(before + written + after)")
        }
    }

    @Test("looks at long hostile texts in reasonable steps")
    func long() {
        let digits = String(repeating: "4 ", count: 10_000)
        _ = CardNumberScan.masked(digits)
        let dense = String(repeating: "9", count: 200_000)
        #expect(!CardNumberScan.contains(dense))
    }
}
