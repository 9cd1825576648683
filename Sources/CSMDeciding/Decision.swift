import CSMSQLite

/// What a person decided about a line, and what was seen of it then.
package struct Decision: Sendable, Equatable {
  package let line: JobTable.LineName
  package let way: Way
  package let seen: Seen

  package init(line: JobTable.LineName, way: Way, seen: Seen = Seen()) {
    self.line = line
    self.way = way
    self.seen = seen
  }

  package enum Way: Sendable, Hashable {
    /// It was heard and is fine.
    case accept
    /// This take was heard and is fine.
    case pick(take: Int)
    /// Its words once more, paid for.
    case reroll
    /// It failed, is held or unknown, and is to be tried again as cheaply as can be.
    case retry
    /// Other words.
    case edit(String)
    /// It is not wanted.
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

  /// What a way is called, in files and for people; the order in which they are told and carried out.
  package enum Name: String, CaseIterable, Sendable {
    case accept, pick, reroll, retry, edit, cancel
  }
}
