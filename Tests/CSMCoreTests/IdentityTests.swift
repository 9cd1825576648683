import Testing

@testable import CSMCore

@Suite("The identity of a job")
struct IdentityTests {
  typealias Turn = SpeechRequest.Turn
  typealias Clip = SpeechRequest.Clip

  /// Requests that are easily confused.
  static let different: [SpeechRequest] = [
    SpeechRequest(scene: []), SpeechRequest(""), SpeechRequest("ab"), SpeechRequest("ab "),
    SpeechRequest("Ab"), SpeechRequest("a\0b"), SpeechRequest("\u{E9}"), SpeechRequest("e\u{301}"),
    SpeechRequest(scene: [Turn(text: "ab", speakerID: 1)]),
    SpeechRequest(scene: [Turn(text: "ab", speakerID: -1)]),
    SpeechRequest(scene: [Turn(text: "a", speakerID: 0), Turn(text: "b", speakerID: 0)]),
    SpeechRequest(scene: [Turn(text: "b", speakerID: 0), Turn(text: "a", speakerID: 0)]),
    SpeechRequest(scene: [Turn(text: "ab", speakerID: 0), Turn(text: "", speakerID: 0)]),
    SpeechRequest(scene: [Turn(text: "", speakerID: 0), Turn(text: "ab", speakerID: 0)]),
    SpeechRequest(
      scene: [Turn(text: "ab", speakerID: 0)],
      context: [Clip(prompt: "p", audioURL: "q", speakerID: 0)]),
    SpeechRequest(
      scene: [Turn(text: "ab", speakerID: 0)],
      context: [Clip(prompt: "q", audioURL: "p", speakerID: 0)]),
    SpeechRequest(
      scene: [Turn(text: "ab", speakerID: 0)],
      context: [Clip(prompt: "pq", audioURL: "", speakerID: 0)]),
    SpeechRequest(scene: [], context: [Clip(prompt: "ab", audioURL: "", speakerID: 0)]),
  ]

  @Test("differs for different requests, endpoints and takes")
  func differs() {
    var seen: [[UInt8]: String] = [:]
    for request in Self.different {
      for (endpoint, take) in [("a/b", 1), ("a/b", 2), ("a/bc", 1), ("a/b", 256)] {
        let bytes = request.identity(endpoint: endpoint, take: take)
        let name = "\(request) \(endpoint) \(take)"
        #expect(seen.updateValue(name, forKey: bytes) == nil, "\(name)")
        #expect(bytes == request.identity(endpoint: endpoint, take: take))
      }
    }
  }

  @Test("never changes, since old rows contain its hash")
  func stays() {
    let bytes = SpeechRequest("hi").identity(endpoint: "a/b", take: 1)
    let numbers: (UInt8) -> [UInt8] = { [0, 0, 0, 0, 0, 0, 0, $0] }
    let expected: [[UInt8]] = [
      Array("csm 1".utf8), numbers(3), Array("a/b".utf8), numbers(1), numbers(1), numbers(0),
      numbers(2), Array("hi".utf8), numbers(0),
    ]
    #expect(bytes == Array(expected.joined()))
  }

  @Test("a request counts the characters of all its turns")
  func characters() {
    let request = SpeechRequest(
      scene: [
        Turn(text: "e\u{301}\r\n", speakerID: 0), Turn(text: "\u{1F1E9}\u{1F1EA}", speakerID: 1),
      ])
    #expect(request.characters == 6)
  }
}
