import CSMCore
import Foundation

/// Where a download's bytes go while they arrive; its methods are never called at the same time.
package protocol AudioSink: Sendable {
  /// Takes the next bytes.
  ///
  /// - Throws: when they cannot be kept; the download ends then.
  func write(_ bytes: UnsafeRawBufferPointer) throws
}

/// What a download came to, before the file is judged and put in its place.
package enum Download: Sendable {
  /// All bytes are in the sink; `size` is what fal's result says they should be, and `isWhole` whether the
  /// transfer itself said how many there would be, and brought as many.
  case complete(size: Int?, isWhole: Bool)
  /// The sink did not take them.
  case refusedBySink(any Error)
  case failed(FetchOutcome)
}

extension FalClient {
  private static let redirectsMax = 3
  /// A file that came in more parts is begun anew another time: a server could keep us here for ever.
  private static let partsMax = 8

  /// What is slower keeps others waiting, and is given up after a while: a line of speech would take a
  /// minute.
  private static let rateMin = 4096

  /// Brings the audio of a result into the funnel's sink, or what is missing of it.
  ///
  /// The key never goes along: the files are public, and their host is not fal's queue.
  ///
  /// - Parameter patience: how long it may come slowly.
  package func fetch(
    result: String, by funnel: AudioFunnel, patience: Duration
  ) async -> Download {
    guard let source = AudioSource(result: result) else {
      return .failed(.refused(Problem("no_audio", "the result holds no audio")))
    }
    if source.url.hasPrefix("data:") { return decode(source.url, into: funnel.sink) }
    var url = source.url
    for _ in 0...Self.redirectsMax {
      switch await get(url, by: funnel, patience: patience) {
      case .redirect(let next): url = next
      case .over(.complete(_, let isWhole)): return .complete(size: source.size, isWhole: isWhole)
      case .over(let download): return download
      }
    }
    return .failed(.damaged(Problem("redirects", "the audio's URL leads on and on")))
  }

  private enum Hop {
    case redirect(String)
    case over(Download)
  }

  private func get(_ url: String, by funnel: AudioFunnel, patience: Duration) async -> Hop {
    let url = AudioURL.encoded(url)
    guard let policy = AudioURL(allowed: services.cdnHosts).policy(for: url) else {
      let problem = Problem(
        "host_not_allowed",
        "the audio lies at \(url.prefix { $0 != "?" }.prefix(200)), which CSM_CDN_HOSTS does not allow"
      )
      return .over(.failed(.refused(problem)))
    }
    var parts = 0
    while true {
      let before = funnel.received
      let result = await transport.send(
        HTTPRequest(
          .get, url, headers: funnel.rangeHeaders, deadline: .seconds(1800),
          stallDeadline: patience, rateMin: Self.rateMin, bytesMax: services.audioBytesMax,
          addresses: policy, sink: funnel))
      parts += 1
      if let error = funnel.error { return .over(.refusedBySink(error)) }
      switch result {
      case .failure(let failure):
        let hasGrown = funnel.received > before
        let isBreak = failure.kind == .closed
        if isBreak, funnel.canGoOn, hasGrown, parts < Self.partsMax { continue }
        return .over(.failed(Self.outcome(failure)))
      case .success(let response) where response.head.status == 206 && !funnel.isWhole:
        // Less than was asked for is an answer too (RFC 9110, 15.3.7).
        if funnel.canGoOn, funnel.received > before, parts < Self.partsMax { continue }
        return .over(.failed(.later(Self.cut, retryAfter: nil)))
      case .success(let response):
        return Self.hop(response, at: url, isWhole: funnel.isMeasured)
      }
    }
  }

  private static let cut = Problem("cut_off", "the audio's server sent a part of it and no more")

  private static func hop(_ response: HTTPResponse, at url: String, isWhole: Bool) -> Hop {
    switch response.head.status {
    case 200, 206: return .over(.complete(size: nil, isWhole: isWhole))
    case 301, 302, 303, 307, 308:
      guard let next = response.head["location"] else { break }
      // Of what names no scheme, only what begins with a slash says clearly what it means.
      let place =
        next.hasPrefix("/")
        ? CurlTransport.Target.resolve(AudioURL.encoded(next), at: url) : nil
      return .redirect(place ?? next)
    default: break
    }
    return .over(.failed(outcome(FalAnswer(response))))
  }

  private static func outcome(_ failure: HTTPFailure) -> FetchOutcome {
    switch failure.kind {
    case .tooLarge, .refusedAddress, .invalidRequest: .refused(Problem(failure))
    case .badAnswer, .sinkRefused: .damaged(Problem(failure))
    case .timeout, .stalled: .slow(Problem(failure))
    case .resolve, .connect, .tls, .closed, .heldBack, .cancelled:
      .later(Problem(failure), retryAfter: nil)
    }
  }

  private static func outcome(_ answer: FalAnswer) -> FetchOutcome {
    let problem = Problem("no_file", "the audio's server answered \(answer.status)")
    return switch answer.status {
    case 408, 425, 429, 500...599: .later(problem, retryAfter: answer.retryAfter)
    default: .damaged(problem)
    }
  }

  private func decode(_ uri: String, into sink: any AudioSink) -> Download {
    let unreadable = Problem("bad_data_uri", "the audio's data URI cannot be read")
    guard var uri = DataURI(uri) else { return .failed(.refused(unreadable)) }
    do {
      while let bytes = try uri.next() { try bytes.withUnsafeBytes(sink.write) }
      return .complete(size: nil, isWhole: true)
    } catch is DataURI.Unreadable {
      return .failed(.refused(unreadable))
    } catch {
      return .refusedBySink(error)
    }
  }
}
