import Testing

@testable import CSMCore

@Suite("Active hours")
struct HoursTests {
  static let cases: [(String, String, Int, String?)] = [
    ("22:00-06:00", "2026-11-23T22:00:00Z", 0, nil),
    ("22:00-06:00", "2026-11-24T05:59:59.999Z", 0, nil),
    ("22:00-06:00", "2026-11-24T06:00:00Z", 0, "2026-11-24T22:00:00.000Z"),
    ("22:00-06:00", "2026-11-23T21:59:59.999Z", 0, "2026-11-23T22:00:00.000Z"),
    ("09:00-17:30", "2026-11-23T08:00:30.500Z", 0, "2026-11-23T09:00:00.000Z"),
    ("09:00-17:30", "2026-11-23T17:29:59Z", 0, nil),
    ("09:00-17:30", "2026-11-23T17:30:00Z", 0, "2026-11-24T09:00:00.000Z"),
    ("22:00-06:00", "2026-11-23T20:30:00Z", 60, "2026-11-23T21:00:00.000Z"),
    ("22:00-06:00", "2026-11-23T21:00:00Z", 60, nil),
    ("22:00-06:00", "2026-11-24T03:00:00Z", -300, nil),
    ("22:00-06:00", "2026-11-24T02:59:00Z", -300, "2026-11-24T03:00:00.000Z"),
    ("22:00-06:00", "1969-12-31T12:00:00Z", 0, "1969-12-31T22:00:00.000Z"),
    ("00:00-00:00", "2026-11-23T12:00:00Z", 0, nil),
  ]

  @Test("begin next when they are over, in local time", arguments: cases)
  func nextBegin(_ hours: String, _ now: String, _ offset: Int, _ begin: String?) {
    let next = Hours(hours)!.nextBegin(at: Timestamp(rfc3339: now)!, offset: .seconds(offset * 60))
    #expect(next?.rfc3339 == begin)
  }

  @Test("once they begin, last", arguments: [-720, -61, 0, 330, 840])
  func beginIsInside(_ offset: Int) {
    let hours = Hours("22:15-06:45")!
    for minute in stride(from: 0, to: 1440, by: 7) {
      let now = Timestamp.evening + .seconds(minute * 60 + 13)
      guard let begin = hours.nextBegin(at: now, offset: .seconds(offset * 60)) else { continue }
      #expect(begin > now && begin.since(now) <= .seconds(86_400))
      #expect(hours.nextBegin(at: begin, offset: .seconds(offset * 60)) == nil)
    }
  }

  @Test(
    "are not read from anything else",
    arguments: [
      "", "22:00", "22:00-", "-06:00", "22-06", "24:00-06:00", "22:60-06:00", "+1:00-06:00",
      "2:00-06:00", "22:00-06:00-07:00", "22:00:00-06:00", "22:00 - 06:00", "always",
    ])
  func wrong(_ text: String) {
    #expect(Hours(text) == nil)
  }
}
