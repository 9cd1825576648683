import CSMCore
import CSMFal
import Testing

/// Listings that fal does not document, but that other servers, proxies and libraries write.
@Suite("Unusual answers: a listing", .timeLimit(.minutes(10)))
struct UnusualListingTests {
  @Test("rows outside the time range, and too many of one text, are left out of a listing")
  func listing() async throws {
    let moment = Timestamp(milliseconds: 1_800_000_000_000)
    func row(_ id: Int, _ sentAt: Timestamp) -> String {
      #"{"request_id": "r\#(id)", "sent_at": "\#(sentAt.rfc3339)", "json_input": {"scene": []}}"#
    }
    let rows =
      (0..<300).map { row($0, moment) } + [row(999, moment - .seconds(7200))]
    let body = answer(#"{"items": [\#(rows.joined(separator: ","))], "has_more": false}"#)
    // Whichever clock is wrong: fal's, which is in 1970, or ours.
    let dates = [
      "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 15 Jan 2027 08:00:00 GMT",
      "Fri, 31 Dec 9999 23:59:59 GMT",
    ]
    for date in dates {
      let clock = FalClock { moment + .seconds(60) }
      let dated = answer("{}", headers: "Date: \(date)\r\n")
      let listed = try await ask(dated, then: body, clock: clock) { client, ticket in
        _ = await client.poll(ticket, of: "fal-ai/csm-1b")
        return await client.list(
          endpoints: ["fal-ai/csm-1b"], since: moment - .seconds(60), isWanted: { _ in true })
      }
      guard case .listed(let requests, let opaque) = listed else {
        Issue.record("\(listed)")
        continue
      }
      #expect(requests.count == 100, "\(date)")
      #expect(!requests.contains { $0.requestID == "r999" }, "\(date)")
      #expect(opaque.isEmpty, "\(date): \(opaque)")
    }
  }

  /// A row of a listing, and its id and whether its time is known if it may be wanted but is unreadable.
  static let rows: [(row: String, id: String?, isDated: Bool)] = [
    (#"{"request_id": "a", "sent_at": "NOW"}"#, "a", true),
    (#"{"request_id": "a", "sent_at": "NOW", "json_input": "(too long)"}"#, "a", true),
    (#"{"request_id": "a", "sent_at": "yesterday", "json_input": {"scene": []}}"#, "a", false),
    (#"{"request_id": "a", "json_input": {"scene": []}}"#, "a", false),
    (#"{"request_id": "../b", "sent_at": "NOW", "json_input": {"scene": []}}"#, nil, true),
    (#"{"request_id": 7, "sent_at": "NOW", "json_input": {"scene": []}}"#, nil, true),
    (#"{"sent_at": "NOW", "json_input": {"scene": []}}"#, nil, true),
    (#""a row of its own kind""#, nil, false),
  ]

  @Test("in a listing, a row that cannot be read, and may be wanted, does not go unnoticed")
  func opaqueRows() async throws {
    let moment = Timestamp(milliseconds: 1_800_000_000_000)
    for (row, id, isDated) in Self.rows {
      let row = row.replacing("NOW", with: moment.rfc3339)
      let page = answer(#"{"items": [\#(row)], "has_more": false}"#)
      let listed = try await ask(page) { client, _ in
        await client.list(
          endpoints: ["fal-ai/csm-1b"], since: moment - .seconds(60), isWanted: { _ in true })
      }
      let opaque = OpaqueRequest(requestID: id, sentAt: isDated ? moment : nil)
      #expect(listed == .listed([], opaque: [opaque]), "\(row)")
    }
  }

  @Test("in a listing, a time that is yet to come does not make a row go unnoticed")
  func futureRow() async throws {
    let moment = Timestamp(milliseconds: 1_800_000_000_000)
    let late = (moment + .seconds(3600)).rfc3339
    let row = #"{"request_id": "a", "sent_at": "\#(late)", "json_input": {"scene": []}}"#
    let page = answer(#"{"items": [\#(row)], "has_more": false}"#)
    let listed = try await ask(page, clock: FalClock { moment }) { client, _ in
      await client.list(
        endpoints: ["fal-ai/csm-1b"], since: moment - .seconds(60), isWanted: { _ in true })
    }
    #expect(listed == .listed([], opaque: [OpaqueRequest(requestID: "a", sentAt: nil)]))
  }

  @Test("in a listing, unreadable rows of other texts and times are left out")
  func foreignRows() async throws {
    let moment = Timestamp(milliseconds: 1_800_000_000_000)
    let rows = [
      #"{"request_id": 7, "sent_at": "\#(moment.rfc3339)", "json_input": {"scene": []}}"#,
      #"{"request_id": "a", "sent_at": "\#((moment - .seconds(7200)).rfc3339)"}"#,
    ]
    let page = answer(#"{"items": [\#(rows.joined(separator: ","))], "has_more": false}"#)
    let listed = try await ask(page) { client, _ in
      await client.list(
        endpoints: ["fal-ai/csm-1b"], since: moment - .seconds(60), isWanted: { _ in false })
    }
    #expect(listed == .listed([]))
  }

  static let pages: [(String, isWhole: Bool)] = [
    (#""has_more": false"#, true), (#""next_cursor": null"#, true), (#""next_cursor": """#, true),
    (#""has_more": true"#, false), (#""has_more": true, "next_cursor": null"#, false),
    (#""has_more": true, "next_cursor": """#, false),
    // The next page is this one again.
    (#""has_more": true, "next_cursor": "c""#, false),
    (#""has_more": true, "next_cursor": 7"#, false),
    (#""has_more": false, "next_cursor": "c""#, true),
  ]

  @Test("in a listing, one whose other pages cannot be read is not taken for the whole list")
  func cutListing() async throws {
    for (fields, isWhole) in Self.pages {
      let page = answer(#"{"items": [], \#(fields)}"#)
      let listed = try await ask(page, then: page) { client, _ in
        await client.list(
          endpoints: ["fal-ai/csm-1b"], since: Timestamp(milliseconds: 0), isWanted: { _ in true })
      }
      let wasWhole = if case .listed = listed { true } else { false }
      #expect(wasWhole == isWhole, "\(fields): \(listed)")
    }
  }

  @Test("in a listing, a cursor may be a number")
  func numericCursor() async throws {
    let first = answer(#"{"items": [], "has_more": true, "next_cursor": 7}"#)
    let last = answer(#"{"items": [], "has_more": false}"#)
    let listed = try await ask(first, then: last) { client, _ in
      await client.list(
        endpoints: ["fal-ai/csm-1b"], since: Timestamp(milliseconds: 0), isWanted: { _ in true })
    }
    #expect(listed == .listed([]))
  }
}
