import CSMCore

/// Where to ask about a request: the URL that fal gave where it may be trusted with the key, else the
/// one that follows from the id.
///
/// fal's documents tell clients to use the URLs of the answer. The key goes along, so a URL is used
/// only when it is the configured queue's address, character by character, followed by the model's
/// path and the request's own id. What is compared is the text itself: no parser has a say in it.
package struct RequestURL {
  let queueURL: String
  let endpoint: String

  package init(queueURL: String, endpoint: String) {
    self.queueURL = queueURL
    self.endpoint = endpoint
  }

  /// What is asked, with the ends that its URL may have; the first one is used when it is built.
  package enum Kind {
    case status, response, cancel

    var ends: [String] {
      switch self {
      case .status: ["/status"]
      case .response: ["", "/response"]
      case .cancel: ["/cancel"]
      }
    }
  }

  /// The URL to ask at.
  package func of(_ ticket: Ticket, _ kind: Kind) -> String {
    let given =
      switch kind {
      case .status: ticket.statusURL
      case .response: ticket.responseURL
      case .cancel: ticket.cancelURL
      }
    if let given, isTrusted(given, ticket, kind) { return given }
    return "\(queueURL)/\(application)/requests/\(ticket.requestID)\(kind.ends[0])"
  }

  /// Owner and name without the path behind them: fal asks for these alone, with the namespace of
  /// workflows and Comfy before them.
  private var application: String {
    let parts = endpoint.split(separator: "/")
    let isNamespaced = parts.first == "workflows" || parts.first == "comfy"
    return parts.prefix(isNamespaced ? 3 : 2).joined(separator: "/")
  }

  private func isTrusted(_ url: String, _ ticket: Ticket, _ kind: Kind) -> Bool {
    let begin = "\(queueURL)/\(application)/"
    guard url.hasPrefix(begin), url.utf8.count <= 1024,
      let end = kind.ends.first(where: { url.hasSuffix("requests/\(ticket.requestID)\($0)") })
    else { return false }
    // Between the two at most the rest of the model's own path.
    let middle = url.dropFirst(begin.count)
      .dropLast("requests/\(ticket.requestID)\(end)".count)
    let path = endpoint.dropFirst(application.count).drop { $0 == "/" }
    return middle.isEmpty || !path.isEmpty && middle == path + "/"
  }
}
