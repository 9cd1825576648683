import CSMSQLite

/// A person's decision about a line, and what the person saw of the line.
package struct Decision: Sendable, Equatable {
  package let line: JobTable.LineName
  package let way: Way
  package let seen: SeenLine

  package enum Way: Sendable, Hashable {
    /// The line's audio was heard and is fine.
    case accept
    /// This take was heard and is fine.
    case pick(take: Int)
    /// The same words are to be spoken once more, and paid for.
    case reroll
    /// A failed, held or unknown line is to be retried as cheaply as possible.
    case retry
    /// The line gets these words.
    case edit(EditedWords)
    /// The line is not wanted.
    case cancel

    package var name: Name {
      switch self {
      case .accept: .accept
      case .pick: .pick
      case .reroll: .reroll
      case .retry: .retry
      case .edit: .edit
      case .cancel: .cancel
      }
    }
  }

  /// The name of a way in files and messages; decisions are listed and carried out in this order.
  package enum Name: String, CaseIterable, Decodable, Sendable {
    case accept, pick, reroll, retry, edit, cancel
  }
}
