import CSMCore

/// The URL of a request: the one that fal gave if it may be trusted with the key, else one built
/// from the id.
///
/// fal's documentation tells clients to use the URLs of the answer. Since the key is sent there, a
/// URL is used only if it is exactly the configured queue's address, the model's path and the
/// request's own id. It is compared as text, without any parser.
package struct RequestURL {
  let queueURL: String
  let endpoint: String

  package init(queueURL: String, endpoint: String) {
    self.queueURL = queueURL
    self.endpoint = endpoint
  }

  /// A kind of URL, with its allowed suffixes; URLs built here use the first one.
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

  /// The URL to use.
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

  /// Owner and name without the rest of the path, as fal's request URLs have it, after the
  /// namespace for workflows and Comfy.
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
    // In between, only the rest of the model's own path is allowed.
    let middle = url.dropFirst(begin.count)
      .dropLast("requests/\(ticket.requestID)\(end)".count)
    let path = endpoint.dropFirst(application.count).drop { $0 == "/" }
    return middle.isEmpty || !path.isEmpty && middle == path + "/"
  }
}
