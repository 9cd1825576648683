import CSMCore

/// Text for a page, so that nothing in it is taken for markup.
package enum HTML {
  /// What stands between tags.
  package static func text(_ text: String) -> String { escaped(Printable.line(text)) }

  /// What stands in double quotes inside of a tag.
  package static func attribute(_ text: String) -> String { escaped(text) }

  /// JSON that stands in a `script` element, whose end nothing in it may seem to be.
  package static func data(_ json: String) -> String { json.replacing("<", with: "\\u003c") }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
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
}
