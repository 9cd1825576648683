/// Replaces words in the text that is sent, so they are pronounced correctly; the author's text
/// stays as it is.
package struct Respelling: Sendable {
  /// Terms by their first scalar, the longest first.
  private var terms: [Unicode.Scalar: [(term: [Unicode.Scalar], spelling: String)]] = [:]

  package init() {}

  package var isEmpty: Bool { terms.isEmpty }

  /// Adds a term, unless there already is an equal one.
  ///
  /// - Returns: whether it is a valid term, with at least one letter or digit.
  package mutating func add(_ term: String, as spelling: String) -> Bool {
    let scalars = Array(term.unicodeScalars)
    guard let first = scalars.first, scalars.contains(where: \.isLetterOrDigit) else {
      return false
    }
    var rivals = terms[first, default: []]
    guard !rivals.contains(where: { $0.term == scalars }) else { return true }
    let place = rivals.firstIndex { $0.term.count < scalars.count } ?? rivals.endIndex
    rivals.insert((scalars, spelling), at: place)
    terms[first] = rivals
    return true
  }

  /// The text with every term that is a whole word replaced, preferring longer terms; replacements
  /// are not replaced again.
  package func applied(to text: String) -> String {
    guard !isEmpty else { return text }
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var place = 0
    while place < scalars.count {
      if let match = match(in: scalars, at: place) {
        result.append(contentsOf: match.spelling.unicodeScalars)
        place += match.term.count
      } else {
        result.append(scalars[place])
        place += 1
      }
    }
    return String(result)
  }

  private func match(in text: [Unicode.Scalar], at place: Int) -> (
    term: [Unicode.Scalar], spelling: String
  )? {
    terms[text[place]]?.first { term, _ in
      let end = place + term.count
      guard end <= text.count, text[place..<end].elementsEqual(term) else { return false }
      return !Self.isInside(text, place) && !Self.isInside(text, end)
    }
  }

  /// Whether `place` is between two letters or digits.
  private static func isInside(_ text: [Unicode.Scalar], _ place: Int) -> Bool {
    place > 0 && place < text.count && text[place - 1].isLetterOrDigit
      && text[place].isLetterOrDigit
  }
}
