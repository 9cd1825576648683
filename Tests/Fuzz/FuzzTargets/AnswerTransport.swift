import CSMCore
import CSMFal
import Synchronization

/// Gives the same answer to everything.
struct OneAnswer: Transport {
  let response: HTTPResponse

  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    .success(response)
  }
}

/// Writes down what would be asked.
struct Eavesdropper: Transport {
  let urls: Kept<[String]>

  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    urls.value += [request.url]
    return .failure(HTTPFailure(.connect, "nobody is there", sent: false))
  }
}

/// A value that two hands may hold.
final class Kept<Value: Sendable>: Sendable {
  private let state: Mutex<Value>

  init(_ value: Value) {
    state = Mutex(value)
  }

  var value: Value {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

extension HTTPResponse {
  /// Reads `STATUS`, header lines, an empty line and the body; nil where there is no status that HTTP
  /// has.
  init?(fuzzed bytes: [UInt8]) {
    var rest = bytes[...]
    func line() -> String {
      let line = rest.prefix { $0 != 10 }
      rest = rest.dropFirst(line.count + 1)
      return String(decoding: line, as: UTF8.self)
    }
    guard let status = Int(line()), (200...999).contains(status) else { return nil }
    var headers: [HTTPHeader] = []
    while !rest.isEmpty {
      let text = line()
      if text.isEmpty { break }
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2 {
        headers.append(
          HTTPHeader(parts[0].lowercased(), String(parts[1].drop { $0 == " " || $0 == "\t" })))
      }
    }
    self.init(head: HTTPHead(status: status, headers: headers), body: Array(rest))
  }
}

extension Timestamp {
  /// A night in November 2026.
  static let night = Timestamp(milliseconds: 1_795_460_400_000)
}

extension Ticket {
  static let sample = Ticket(
    requestID: "5f0c1cd1-1111-4222-8333-444455556666", acceptedAt: .night)
}

extension SpeechRequest {
  static let sample = SpeechRequest(scene: [.init(text: "Good night.", speakerID: 0)])
}
