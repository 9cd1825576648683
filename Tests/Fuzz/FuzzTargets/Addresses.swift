import CSMCore
import CSMFal
import Foundation

extension FuzzTarget {
  /// Audio inside of a result: decoded, or refused.
  static let dataURI = FuzzTarget(
    "data-uri",
    seeds: [
      "data:audio/wav;base64,UklGRg==", "data:;base64,", "data:audio/wav,UklGRg", "data:,",
      "data:audio/wav;base64,UklGRg", "data:audio/wav;charset=x;base64,====", "DATA:;base64,AA==",
    ], words: ["data:", ";base64,", "=", ","]
  ) { bytes in
    guard var uri = DataURI(String(decoding: bytes, as: UTF8.self)) else { return }
    var count = 0
    do throws(DataURI.Unreadable) {
      while let piece = try uri.next() { count += piece.count }
    } catch {}
    try demand(count <= bytes.count, "more came out than went in")
  }

  /// An answer's URL for a request: used only where it is one of the queue's own for this request.
  static let requestURL = FuzzTarget(
    "request-url",
    seeds: [
      "https://queue.fal.run/fal-ai/csm-1b/requests/ID/status",
      "https://queue.fal.run/fal-ai/csm-1b/requests/ID/response",
      "https://queue.fal.run/fal-ai/csm-1b/requests/ID",
      "https://queue.fal.run/fal-ai/csm-1b/turbo/requests/ID/cancel",
      "https://queue.fal.run@x/fal-ai/csm-1b/requests/ID/status",
      "https://queue.fal.run/fal-ai/csm-1b/../requests/ID/status",
    ], words: ["ID", "requests/", "/status", "/cancel", "turbo/", "..", "%2e", "@", "?", "#", "\\"]
  ) { bytes in
    let id = "5f0c1cd1-1111-4222-8333-444455556666"
    let url = String(decoding: bytes, as: UTF8.self).replacing("ID", with: id)
    let ticket = Ticket(
      requestID: id, statusURL: url, responseURL: url, cancelURL: url, acceptedAt: .night)
    let place = RequestURL(queueURL: "https://queue.fal.run", endpoint: "fal-ai/csm-1b/turbo")
    for kind in [RequestURL.Kind.status, .response, .cancel] {
      // A parser that had no part in the judgement.
      let parts = URLComponents(string: place.of(ticket, kind))
      try demand(
        parts?.scheme == "https" && parts?.host == "queue.fal.run" && parts?.port == nil
          && parts?.user == nil && parts?.query == nil && parts?.fragment == nil,
        "the key would go to \(place.of(ticket, kind))")
      let path = parts?.percentEncodedPath ?? ""
      let paths = ["/fal-ai/csm-1b/requests/\(id)", "/fal-ai/csm-1b/turbo/requests/\(id)"]
      let ends = ["", "/status", "/response", "/cancel"]
      try demand(
        paths.flatMap { path in ends.map { path + $0 } }.contains(path), "\(path) is asked")
    }
  }

  /// A URL of audio: what is allowed leads to an allowed host, whoever reads it.
  static let audioURL = FuzzTarget(
    "audio-url",
    seeds: [
      "https://v3.fal.media/files/a.wav?x=y#z", "https://fal.media:443/a",
      "http://127.0.0.1:7000/a",
      "http://[::1]:7000/a", "https://[::1]@fal.media/a", "https://fal.media@x/",
      "https://x.fal.media.",
      "https://fal.127.0.0.1:7000/a", "https://a:1.fal.media/", "https://v3.fal.media%2f@x/",
      "https://x#.fal.media/",
    ],
    words: [
      "https://", "http://", "fal.media", ".fal.media", "127.0.0.1:7000", "[::1]:7000", "@", ":",
      "#",
      "?", "/", "\\", "%2e", "[", "]", ":443",
    ]
  ) { bytes in
    let url = String(decoding: bytes, as: UTF8.self)
    let judge = AudioURL(allowed: ["fal.media", "127.0.0.1:7000", "[::1]:7000"])
    guard let policy = judge.policy(for: url) else { return }
    let parts = URLComponents(string: url)
    let host = parts?.host?.lowercased() ?? ""
    try demand(parts?.user == nil && parts?.password == nil, "a user is allowed in \(url)")
    switch policy {
    case .any:
      try demand(
        ["127.0.0.1", "::1", "[::1]"].contains(host) && parts?.port == 7000, "\(url) is allowed")
    case .publicOnly:
      try demand(
        parts?.scheme?.lowercased() == "https"
          && (host == "fal.media" || host.hasSuffix(".fal.media"))
          && [nil, 443].contains(parts?.port), "\(url) is allowed")
    }
  }
}
