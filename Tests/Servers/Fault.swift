/// One thing that a server can do wrong, and where a line must be as long as it lasts, by the call
/// that it meets.
///
/// The table of all of them is `Fault.all`. What is not said is the rule: a submit whose answer makes no
/// sense is `UNKNOWN`, never sent again and never failed; a status or a result that makes no sense says
/// nothing about the line, which stays, and where a status is too long to read, the result decides; a file
/// that is wrong is looked at again, once where it is no text.
package struct Fault: Sendable {
  package let name: String
  package let answer: Answer
  package var submit = "UNKNOWN"
  package var status = "IN_QUEUE"
  package var result = "IN_QUEUE"
  package var download = "COMPLETED"
  /// A free question that is answered so opens the gates: fal is there, and takes the key.
  package var opensGates = false
  /// It takes a deadline to end, so it is met once.
  package var isSlow = false

  init(
    _ name: String, _ answer: Answer, submit: String = "UNKNOWN", status: String = "IN_QUEUE",
    result: String = "IN_QUEUE", download: String = "COMPLETED", opensGates: Bool = false,
    isSlow: Bool = false
  ) {
    self.name = name
    self.answer = answer
    self.submit = submit
    self.status = status
    self.result = result
    self.download = download
    self.opensGates = opensGates
    self.isSlow = isSlow
  }

  /// The line that it meets.
  package var text: String { "\(name) makes trouble." }

  package static let all = connections + statusLines + heads + bodies + codes
}

private let head = "HTTP/1.1 200 OK\r\n"
private let ticket =
  #"{"request_id": "5f0c1cd1-0000-4000-8000-000000000000", "status": "COMPLETED"}"#

private let ending = #"{"status": "COMPLETED"}"#

/// A good body behind a head that is none.
private func headed(_ lines: String, _ body: String = ticket) -> Answer {
  .raw(head + lines + "\r\n" + body)
}

private func said(_ body: String) -> Answer { .http(200, body) }

private func refused(_ status: Int, _ headers: String = "") -> Answer {
  .http(status, #"{"detail": "No."}"#, headers: headers)
}

private func page(_ status: Int) -> Answer {
  .http(
    status, "<html><body><center>nginx</center></body></html>",
    headers: "Content-Type: text/html\r\n")
}

extension Fault {
  fileprivate static let connections = [
    Fault("FIN without a word", .close),
    Fault("RST without a word", .reset),
    Fault("nothing", .hang, isSlow: true),
    Fault("one byte a second", .drip(head + "\r\n" + ticket, milliseconds: 1000), isSlow: true),
    Fault("100 Continue, then FIN", .raw("HTTP/1.1 100 Continue\r\n\r\n")),
    Fault("103 Early Hints, then FIN", .raw("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")),
    Fault(
      "101 Switching Protocols",
      .raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")),
  ]

  fileprivate static let statusLines = [
    Fault("half a status line", .raw("HTTP/1.1 20")),
    Fault("another protocol", .raw("SSH-2.0-OpenSSH_9.2\r\n\r\n")),
    Fault("HTTP/0.9", .raw("{}")),
    Fault("HTTP/9.9", .raw("HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
    Fault("an empty line", .raw("\r\n\r\n")),
    Fault("the code 000", .raw("HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n")),
    Fault("the code 1000", .raw("HTTP/1.1 1000 Much\r\nContent-Length: 0\r\n\r\n")),
    Fault("the code 2OO", .raw("HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n")),
    Fault("a NUL in the status line", .raw("HTTP/1.1 \0 200 OK\r\n\r\n")),
    Fault("a TLS alert", .bytes([0x15, 3, 3, 0, 2, 2, 40])),
  ]

  fileprivate static let heads = [
    Fault("half a head", .raw(head + "Content-Le")),
    Fault("a line without a colon", headed("nonsense\r\nContent-Length: 3\r\n", "{}")),
    Fault(
      "a header of 100 kB",
      headed("X-Long: \(String(repeating: "x", count: 100_000))\r\n")),
    Fault("5000 headers", headed(String(repeating: "X-More: and more\r\n", count: 5000))),
    Fault("an endless head", .endless(head, part: "X-More: and more\r\n")),
    // Without an id, which would be accepted although the answer breaks off after it.
    Fault("two lengths", headed("Content-Length: 2\r\nContent-Length: 9999\r\n", ending)),
    Fault("a negative length", headed("Content-Length: -1\r\n")),
    Fault("a length beyond 64 bits", headed("Content-Length: 99999999999999999999\r\n", "{}")),
    Fault("a length that is too long", headed("Content-Length: 5000\r\n", ending)),
    Fault("an encoding", headed("Content-Encoding: gzip\r\n")),
    Fault("a transfer encoding", headed("Transfer-Encoding: gzip\r\n")),
    Fault("a chunk without a size", headed("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n")),
    Fault(
      "a chunk of 2^64 bytes",
      headed("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n{}\r\n")),
    Fault("a chunk that is cut", headed("Transfer-Encoding: chunked\r\n", "100\r\n{}")),
  ]

  fileprivate static let bodies = [
    Fault("no body", said("")),
    Fault("null", said("null")),
    Fault("a list", said("[]")),
    Fault("a string", said(#""COMPLETED""#)),
    Fault("a number", said("7")),
    Fault("an empty object", said("{}")),
    Fault("other keys", said(#"{"hello": "world"}"#)),
    Fault("a page", page(200)),
    Fault("half of the JSON", said(String(ticket.prefix(30)))),
    Fault("JSON twice", said("{}{}")),
    Fault(
      "UTF-16",
      .bytes(Array((head + "Content-Length: 6\r\n\r\n").utf8) + [0xFF, 0xFE, 123, 0, 125, 0]),
      download: "HELD"),
    Fault(
      "bytes that are no text",
      .bytes(
        Array((head + "Content-Length: 6\r\n\r\n").utf8) + [0xC3, 0x28, 0xA0, 0xA1, 0xFF, 0x80]),
      download: "HELD"),
    Fault("a NUL", said("\0"), download: "HELD"),
    Fault(
      "wrong types",
      said(#"{"request_id": 7, "status": ["COMPLETED"], "audio": 7, "items": {}}"#)),
    Fault(
      "an id that leaves its path", said(#"{"request_id": "../../other", "status": "?"}"#)),
    Fault(
      "an id of 1 MB", .http(200, #"{"request_id": "\#(String(repeating: "a", count: 900_000))"}"#),
      status: "STORED"),
    Fault("a number of 1000 digits", said(#"{"status": \#(String(repeating: "9", count: 1000))}"#)),
    Fault("1e999999", said(#"{"request_id": 1e999999, "status": 1e999999}"#)),
    Fault("100,000 nested lists", said(String(repeating: "[", count: 100_000))),
    Fault(
      "100,000 nested objects", said(String(repeating: #"{"audio":"#, count: 100_000)),
      status: "STORED"),
    Fault(
      "100,000 whole nested lists",
      said(
        #"{"status": "# + String(repeating: "[", count: 100_000)
          + String(repeating: "]", count: 100_000) + "}")),
    Fault(
      "an endless body",
      .endless(head + "\r\n{\"status\": \"", part: String(repeating: "x", count: 16_384)),
      status: "STORED", download: "HELD"),
    Fault(
      "endless chunks",
      .endless(
        head + "Transfer-Encoding: chunked\r\n\r\n",
        part: "4000\r\n" + String(repeating: "x", count: 16_384) + "\r\n"),
      status: "STORED", download: "HELD"),
  ]

  fileprivate static let codes =
    [
      Fault("204", .raw("HTTP/1.1 204 No Content\r\n\r\n")),
      Fault("205", .http(205, "")),
      Fault("206", .http(206, "{}")),
      Fault("304", .raw("HTTP/1.1 304 Not Modified\r\n\r\n")),
      // A status that fal does not know leads to the result.
      Fault(
        "404 in fal's words", refused(404), submit: "FAILED", status: "STORED", opensGates: true),
      Fault("401 as a page", page(401)),
      Fault("402 without a body", .http(402, "")),
      Fault("403 as a page", page(403)),
      Fault("403 in another's words", .http(403, #"{"message": "Forbidden"}"#)),
      Fault("408 in fal's words", refused(408)),
      Fault("408 as a page", page(408)),
      Fault("413 as a page", page(413)),
      Fault("425", refused(425), submit: "QUEUED"),
      Fault("431 as a page", page(431)),
      Fault("429 as a page", page(429)),
      Fault("499 as a page", page(499)),
      Fault("600", refused(600)),
      Fault("999", refused(999)),
    ]
    + [301, 302, 303, 307, 308].flatMap { code in
      [
        Fault(
          "\(code) to this machine",
          .http(code, "", headers: "Location: http://127.0.0.1:9/elsewhere\r\n")),
        Fault("\(code) to nowhere", .http(code, "")),
      ]
    }
    + [400, 405, 406, 409, 410, 411, 415, 417, 418, 421, 422, 451].map { code in
      // fal refused the line in its own words; a result of that code may be a passing fault, unless it is
      // the model's own.
      Fault(
        "\(code) in fal's words", refused(code), submit: "FAILED",
        result: code == 422 ? "FAILED" : "IN_QUEUE")
    }
    + [500, 501, 502, 503, 504, 520].flatMap { code in
      [Fault("\(code) in fal's words", refused(code)), Fault("\(code) as a page", page(code))]
    }
}
