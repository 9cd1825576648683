import Foundation
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

  @Test("have a next beginning in local time once they are over", arguments: cases)
  func nextBegin(_ hours: String, _ now: String, _ offset: Int, _ begin: String?) {
    let next = Hours(hours)!.nextBegin(at: Timestamp(rfc3339: now)!) { _ in .seconds(offset * 60) }
    #expect(next?.rfc3339 == begin)
  }

  @Test("contain their own beginning", arguments: [-720, -61, 0, 330, 840])
  func beginIsInside(_ offset: Int) {
    let hours = Hours("22:15-06:45")!
    for minute in stride(from: 0, to: 1440, by: 7) {
      let now = Timestamp.evening + .seconds(minute * 60 + 13)
      let ahead = { (_: Timestamp) -> Duration in .seconds(offset * 60) }
      guard let begin = hours.nextBegin(at: now, offset: ahead) else { continue }
      #expect(begin > now && begin.since(now) <= .seconds(86_400))
      #expect(hours.nextBegin(at: begin, offset: ahead) == nil)
    }
  }

  /// Zone, hours, now and next beginning; `-` during them.
  static let changes = [
    // 02:00 is 03:00 at 01:00Z.
    "Europe/Berlin 22:00-06:00 2026-03-28T12:00:00Z 2026-03-28T21:00:00.000Z",
    "Europe/Berlin 22:00-06:00 2026-03-29T03:59:59Z -",
    "Europe/Berlin 22:00-06:00 2026-03-29T04:00:00Z 2026-03-29T20:00:00.000Z",
    "Europe/Berlin 03:00-04:00 2026-03-28T18:00:00Z 2026-03-29T01:00:00.000Z",
    "Europe/Berlin 04:00-05:00 2026-03-28T18:00:00Z 2026-03-29T02:00:00.000Z",
    "Europe/Berlin 02:30-05:00 2026-03-28T18:00:00Z 2026-03-29T01:00:00.000Z",
    "Europe/Berlin 02:15-02:45 2026-03-28T18:00:00Z 2026-03-30T00:15:00.000Z",
    "Europe/Berlin 23:30-02:30 2026-03-29T00:59:59Z -",
    "Europe/Berlin 23:30-02:30 2026-03-29T01:00:00Z 2026-03-29T21:30:00.000Z",
    // 03:00 is 02:00 at 01:00Z.
    "Europe/Berlin 03:00-04:00 2026-10-24T18:00:00Z 2026-10-25T02:00:00.000Z",
    "Europe/Berlin 02:30-04:00 2026-10-24T18:00:00Z 2026-10-25T00:30:00.000Z",
    "Europe/Berlin 02:30-04:00 2026-10-25T00:59:59Z -",
    "Europe/Berlin 02:30-04:00 2026-10-25T01:00:00Z 2026-10-25T01:30:00.000Z",
    "Europe/Berlin 22:00-02:30 2026-10-25T00:30:00Z 2026-10-25T01:00:00.000Z",
    "Europe/Berlin 22:00-02:30 2026-10-25T01:30:00Z 2026-10-25T21:00:00.000Z",
    // 02:00 is 03:00 at 07:00Z; 02:00 is 01:00 at 06:00Z.
    "America/New_York 03:00-04:00 2026-03-08T00:00:00Z 2026-03-08T07:00:00.000Z",
    "America/New_York 23:00-05:00 2026-03-07T12:00:00Z 2026-03-08T04:00:00.000Z",
    "America/New_York 02:00-04:00 2026-11-01T00:00:00Z 2026-11-01T07:00:00.000Z",
    // 02:00 is 01:30 at 15:00Z; 02:00 is 02:30 at 15:30Z.
    "Australia/Lord_Howe 02:00-03:00 2026-04-04T10:00:00Z 2026-04-04T15:30:00.000Z",
    "Australia/Lord_Howe 01:45-03:00 2026-04-04T15:00:00Z 2026-04-04T15:15:00.000Z",
    "Australia/Lord_Howe 02:15-03:00 2026-10-03T10:00:00Z 2026-10-03T15:30:00.000Z",
    "Australia/Lord_Howe 02:40-03:00 2026-10-03T10:00:00Z 2026-10-03T15:40:00.000Z",
  ]

  @Test("follow the wall clock, even when daylight saving time starts or ends")
  func clockChanges() throws {
    for line in Self.changes {
      let words = line.split(separator: " ").map(String.init)
      let zone = try #require(TimeZone(identifier: words[0]))
      let next = Hours(words[1])!.nextBegin(at: Timestamp(rfc3339: words[2])!) { moment in
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
        return .seconds(zone.secondsFromGMT(for: date))
      }
      #expect(next?.rfc3339 ?? "-" == words[3], "\(line)")
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
