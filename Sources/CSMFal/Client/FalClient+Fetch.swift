import CSMCore
import Foundation

/// Takes a download's bytes as they arrive; never called concurrently.
package protocol AudioSink: Sendable {
  /// Takes the next bytes.
  ///
  /// - Throws: if they cannot be stored, which ends the download.
  func write(_ bytes: UnsafeRawBufferPointer) throws
}

/// The outcome of a download, before the file is checked and moved into place.
package enum Download: Sendable {
  /// All bytes are in the sink. `size` is the file's size according to fal's result; `isWhole` is
  /// whether the transfer announced its length and delivered exactly that.
  case complete(size: Int?, isWhole: Bool)
  /// The sink threw this error.
  case refusedBySink(any Error)
  case failed(FetchOutcome)
}

extension FalClient {
  private static let redirectsMax = 3
  /// The most partial transfers before the download starts over later; a server could otherwise
  /// keep it going forever.
  private static let partsMax = 8

  /// Bytes per second below which a download makes others wait and is abandoned after a while; a
  /// line of speech would take a minute.
  private static let rateMin = 4096

  /// Downloads a result's audio, or the rest of it, into the funnel's sink.
  ///
  /// Sent without the key: the files are public, and their host is not fal's queue. The Content-Type is
  /// ignored, since hosts give it by a file's name; the store tells audio by its first bytes (`AudioInfo`).
  ///
  /// - Parameters:
  ///   - base: the URL of the result, which a relative URL in it refers to; nil to allow none.
  ///   - patience: how long it may stay below the minimum rate.
  package func fetch(
    result: String, from base: String? = nil, by funnel: AudioFunnel, patience: Duration
  ) async -> Download {
    guard let source = AudioSource(result: result) else {
      return .failed(.refused(Problem("no_audio", "the result holds no audio")))
    }
    if source.url.prefix(5).lowercased() == "data:" { return decode(source.url, into: funnel.sink) }
    var url = base.map { Self.resolved(source.url, at: $0) } ?? source.url
    for hop in 0...Self.redirectsMax {
      switch await get(url, by: funnel, patience: patience) {
      case .redirect(let next): url = next
      case .unfit(let problem) where hop == 0: return .failed(.refused(problem))
      // The server may only be down, and refer to a page that says so.
      case .unfit(let problem): return .failed(.damaged(problem.ofRedirect))
      case .over(.complete(_, let isWhole)): return .complete(size: source.size, isWhole: isWhole)
      case .over(let download): return download
      }
    }
    return .failed(.damaged(Problem("redirects", "the audio's URL redirects too often")))
  }

  private enum Hop {
    case redirect(String)
    /// The URL cannot be requested.
    case unfit(Problem)
    case over(Download)
  }

  private func get(_ url: String, by funnel: AudioFunnel, patience: Duration) async -> Hop {
    let url = AudioURL.encoded(url)
    guard let policy = AudioURL(allowed: services.cdnHosts).policy(for: url) else {
      let problem = Problem(
        "host_not_allowed",
        "the audio is at \(url.prefix { $0 != "?" }.prefix(200)), which CSM_CDN_HOSTS does not allow"
      )
      return .unfit(problem)
    }
    var request = HTTPRequest(
      .get, url, deadline: .seconds(1800), stallDeadline: patience, rateMin: Self.rateMin,
      bytesMax: services.audioBytesMax, addresses: policy, sink: funnel)
    var parts = 0
    while true {
      let before = funnel.received
      request.headers = funnel.rangeHeaders
      let result = await transport.send(request)
      parts += 1
      if let error = funnel.error { return .over(.refusedBySink(error)) }
      switch result {
      case .failure(let failure) where failure.kind == .invalidRequest:
        return .unfit(Problem(failure))
      // Stores repeat the encoding that an upload named (`aws-chunked`, `utf-8`): only the bytes can tell.
      case .failure(let failure)
      where request.isDecoded && failure.isOfEncoding && funnel.received == 0:
        request.isDecoded = false
      case .failure(let failure):
        let hasGrown = funnel.received > before
        let isBreak = failure.kind == .closed
        if isBreak, funnel.canGoOn, hasGrown, parts < Self.partsMax { continue }
        return .over(.failed(FetchOutcome(failure)))
      case .success(let response) where response.head.status == 206 && !funnel.isWhole:
        // A server may send less than was asked for (RFC 9110, 15.3.7).
        if funnel.canGoOn, funnel.received > before, parts < Self.partsMax { continue }
        return .over(.failed(.later(Self.cut, retryAfter: nil)))
      case .success(let response):
        return Self.hop(response, at: url, isWhole: funnel.isMeasured)
      }
    }
  }

  private static let cut = Problem("cut_off", "the audio's server sent only a part of it")

  private static func hop(_ response: HTTPResponse, at url: String, isWhole: Bool) -> Hop {
    switch response.head.status {
    case 200, 206: return .over(.complete(size: nil, isWhole: isWhole))
    case 301, 302, 303, 307, 308:
      guard let next = response.head["location"], !next.isEmpty else { break }
      return .redirect(resolved(next, at: url))
    default: break
    }
    return .over(.failed(FetchOutcome(FalAnswer(response))))
  }

  /// The URL that `reference` stands for; `policy` judges it like any other.
  private static func resolved(_ reference: String, at base: String) -> String {
    let scheme = reference.prefix { $0 != ":" && $0 != "/" && $0 != "?" && $0 != "#" }
    if reference.dropFirst(scheme.count).first == ":", scheme.first?.isLetter == true {
      return reference
    }
    return CurlTransport.Target.resolve(AudioURL.encoded(reference), at: base) ?? reference
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

extension HTTPFailure {
  /// Whether the answer may only be in another encoding than its headers say.
  fileprivate var isOfEncoding: Bool {
    kind == .badAnswer && head?["content-encoding"] != nil
  }
}

extension Problem {
  /// The same problem, met after a redirect.
  fileprivate var ofRedirect: Problem { Problem(kind, "after a redirect: \(message)") }
}
