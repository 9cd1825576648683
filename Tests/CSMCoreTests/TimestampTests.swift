import Testing

@testable import CSMCore

@Suite("A timestamp")
struct TimestampTests {
  static let both: [(String, Int64)] = [
    ("1970-01-01T00:00:00.000Z", 0), ("1969-12-31T23:59:59.999Z", -1),
    ("2000-02-29T00:00:00.000Z", 951_782_400_000), ("2026-11-23T19:05:01.250Z", 1_795_460_701_250),
    ("2400-02-29T12:00:00.000Z", 13_574_606_400_000),
    ("0001-01-01T00:00:00.000Z", -62_135_596_800_000),
    ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
  ]

  @Test("is formatted and parsed as RFC 3339", arguments: both)
  func bothWays(_ text: String, _ milliseconds: Int64) {
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
  }

  static let alike: [(String, String)] = [
    ("2026-11-23T19:05:01Z", "2026-11-23T19:05:01.000Z"),
    ("2026-11-23T19:05:01", "2026-11-23T19:05:01.000Z"),
    ("2026-11-23t19:05:01z", "2026-11-23T19:05:01.000Z"),
    ("2026-11-23 19:05:01.5Z", "2026-11-23T19:05:01.500Z"),
    ("2026-11-23T19:05:01.123999999999Z", "2026-11-23T19:05:01.123Z"),
    ("2026-11-24T00:35:01+05:30", "2026-11-23T19:05:01.000Z"),
    ("2026-11-24T00:35:01+0530", "2026-11-23T19:05:01.000Z"),
    ("2026-11-23T21:05:01+02", "2026-11-23T19:05:01.000Z"),
    ("2026-11-23T11:05:01.01-08:00", "2026-11-23T19:05:01.010Z"),
    ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000Z"),
    ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000Z"),
  ]

  @Test("is parsed with any offset and any number of decimals", arguments: alike)
  func forms(_ text: String, _ same: String) {
    #expect(Timestamp(rfc3339: text)?.rfc3339 == same)
  }

  @Test(
    "is not read from what names no moment",
    arguments: [
      "", "2026", "2026-11-23", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
      "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890123Z",
      "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00+1",
      "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z",
      "-026-01-01T00:00:00Z", "+2026-01-01T00:00:00Z", "２０２６-01-01T00:00:00Z",
      "2026-1-01T00:00:00Z", "2026/01/01T00:00:00Z", "2026-01-01T00:00:00--01:00",
    ])
  func wrong(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("survives a round trip", arguments: [UInt64(1), 2, .random(in: 0...UInt64.max)])
  func roundTrip(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let (first, last) = (Self.both[5].1, Self.both[6].1)
    for _ in 0..<5000 {
      let moment = Timestamp(milliseconds: first + Int64(generator.share() * Double(last - first)))
      #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
    }
  }

  @Test("is correct for every day of four centuries")
  func days() {
    let begin = Timestamp(rfc3339: "1970-01-01T00:00:00Z")!
    var before = ""
    for day in 0..<146_097 {
      let text = (begin + .seconds(86_400 * day)).rfc3339
      #expect(before < text)
      before = text
    }
    #expect(before == "2369-12-31T00:00:00.000Z")
  }

  @Test("saturates")
  func saturates() {
    let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
    #expect(last + .seconds(1) == last)
    #expect(first - .seconds(1) == first)
    #expect(last.since(first) == Duration.milliseconds(Int64.max))
    #expect(first.since(last) == Duration.milliseconds(Int64.min))
    #expect(last - .seconds(Int64.max) < .evening)
    #expect(Duration.seconds(Int64.max).milliseconds == .max)
    #expect(Duration.seconds(Int64.min).milliseconds == .min)
  }

  @Test("has the start of its UTC day")
  func startOfDay() {
    #expect(Timestamp.evening.startOfDay.rfc3339 == "2026-11-23T00:00:00.000Z")
    #expect(Timestamp(milliseconds: -1).startOfDay.rfc3339 == "1969-12-31T00:00:00.000Z")
    #expect(Timestamp(milliseconds: 0).startOfDay == Timestamp(milliseconds: 0))
    #expect(Timestamp(milliseconds: .min).startOfDay <= Timestamp(milliseconds: .min + 86_400_000))
  }
}
