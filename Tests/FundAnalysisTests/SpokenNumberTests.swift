import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Spoken numbers")
struct SpokenNumberTests {
    private static let yuan = Speech(language: .zh, currency: "CNY")
    private static let dollars = Speech(language: .en, currency: "USD")

    @Test(
        "Money in Chinese",
        arguments: [
            ("3166.4", "3166元"), ("51669", "5.2万元"), ("248914", "24.9万元"), ("123456789", "1.23亿元"),
            ("9999.5", "1万元"), ("9999.4", "9999元"), ("99999999", "1亿元"), ("99994999", "9999.5万元"), ("5.126", "5.13元"),
            ("0", "0元"), ("-51669", "5.2万元"), ("0.005", "0.01元"),
        ])
    func chinese(value: String, text: String) {
        #expect(Self.yuan.money(.exact(value)).text == text)
        #expect(Self.yuan.money(.exact(value)).value == .exact(value))
    }

    @Test(
        "Money in English",
        arguments: [
            ("248914", "$248,914"), ("1250000", "$1.25 million"), ("999999.6", "$1 million"), ("5.126", "$5.13"),
            ("999999999", "$1 billion"), ("999.5", "$1,000"), ("-12", "$12"), ("1234567890123", "$1,234.57 billion"),
        ])
    func english(value: String, text: String) {
        #expect(Self.dollars.money(.exact(value)).text == text)
    }

    @Test(
        "Per cent have one decimal, and none from a hundred on",
        arguments: [
            ("0.26219", "26.2%"), ("0.12", "12%"), ("1.3456", "135%"), ("0.99996", "100%"), ("-0.205", "20.5%"),
            ("0.0005", "0.1%"), ("9.995", "1000%"),
        ])
    func percent(value: String, text: String) {
        #expect(Self.yuan.percent(.exact(value)).text == text)
    }

    @Test("Points, tenths and halves are words where they are round")
    func words() {
        #expect(Self.dollars.points(.exact("0.01")).text == "1 percentage point")
        #expect(Self.yuan.points(.exact("0.162")).text == "16.2个百分点")
        #expect(Self.yuan.part(.exact("0.2")).text == "两成" && Self.yuan.part(.exact("0.5")).text == "一半")
        #expect(Self.dollars.part(.exact("0.5")).text == "half" && Self.dollars.part(.exact("0.2")).text == "20%")
        #expect(Self.yuan.part(.exact("0.25")).text == "25%")
        #expect(!Speech.isAudible(fraction: .exact("0.00049")) && Speech.isAudible(fraction: .exact("-0.0005")))
        #expect(Speech.example(.exact("23447.7")) == 23_000 && Speech.example(.exact("7")) == 7)
    }

    @Test("Whatever is spoken is heard as the figure it says, and as no figure beside it")
    func heard() {
        var generator = SeededGenerator(seed: TestLength.seed)
        for _ in 0..<TestLength.count(300, long: 30_000) {
            let cents = Int64.random(in: 1_00...1 << Int64.random(in: 8...50, using: &generator), using: &generator)
            let money = Decimal(cents) / 100
            let share = Decimal(Int.random(in: 10...25_000, using: &generator)) / 10_000
            for speech in [Self.yuan, Speech(language: .en, currency: "CNY")] {
                for spoken in [speech.money(money), speech.percent(share), speech.points(share)] {
                    let tokens = NumberScanner.tokens(in: spoken.text)
                    #expect(tokens.count == 1 && tokens.first?.renders(spoken.value) == true, "\(spoken)")
                    // A tenth more is another figure, however it is rounded.
                    #expect(tokens.first?.renders(spoken.value * 11 / 10 + 1) == false, "\(spoken)")
                }
            }
        }
    }
}
