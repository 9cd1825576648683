import CSMCore

/// Escapes text for a page.
package enum HTML {
  /// Text between tags.
  package static func text(_ text: String) -> String {
    Printable.line(text).unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  /// JSON inside a `script` element, which must not contain the element's end tag.
  package static func data(_ json: String) -> String { json.replacing("<", with: "\\u003c") }
}
