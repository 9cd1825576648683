/// What a file says in one place: a turn, or a scene of several.
///
/// All formats give this. It holds the author's own words and names; what is sent for them is made by `Composer`.
package struct Entry: Sendable, Equatable {
  /// The line of the file at which it begins, from 1.
  package var line: Int
  /// The author's id; nil where there is none.
  package var id: String?
  /// What is said, in order; at least one turn.
  package var turns: [Turn]
  /// The scene to which a turn of a table or a script belongs; its turns stand together in the file.
  package var scene: Scene?
  /// How many versions of it are wanted.
  package var takes = 1
  /// Whether each turn is to be a file of its own; nil where the file does not say.
  package var isPerTurn: Bool?
  /// Clips that the author gives beside those of the voices.
  package var context: [Clip] = []
  /// What else the file says of it, as JSON.
  package var meta: String?

  /// One thing said by one speaker.
  package struct Turn: Sendable, Equatable {
    package var line: Int
    /// The column of the text in its line, in characters, from 1.
    package var column = 1
    package var id: String?
    /// The author's text.
    package var text: String
    /// What is to be sent in place of the text, where the author says so.
    package var spoken: String?
    package var speaker: Speaker?
    /// The name of a voice, where the file gives one beside the speaker.
    package var voice: String?
  }

  package enum Speaker: Sendable, Equatable, Hashable {
    case id(Int)
    case name(String)
  }

  /// A clip that gives a speaker's voice.
  package struct Clip: Sendable, Equatable {
    package var source: Source
    /// Whose voice it is; nil for the next in order.
    package var speakerID: Int?

    package enum Source: Sendable, Equatable {
      /// A URL that fal can reach, with the words that are spoken there.
      case url(String, prompt: String)
      /// A voice by its name.
      case voice(String)
    }
  }

  package struct Scene: Sendable, Equatable {
    /// The number of the scene in its file, from 1: what tells it from the one before.
    package var number: Int
    package var id: String
  }
}

/// What a reader meets next in a file.
package enum Finding: Sendable, Equatable {
  case entry(Entry)
  /// A line or row in which nothing stands.
  case blank
  /// A line that says something about those behind it, or nothing to us: a heading, a comment.
  case mark
  /// A row that its author marked to be passed over.
  case skipped
  /// Something that cannot be read, and the scene in which it stands.
  case rejection(Rejection, in: Entry.Scene? = nil)
  /// Something that is read, and hardly as the author wants it.
  case warning(Warning)
  /// Who has which voice, as the file itself says.
  case role(name: String, voice: String, line: Int)
}

/// Reads a format: an entry after the other, in constant memory, whatever the bytes.
package protocol EntryReader {
  /// - Returns: what comes next; nil at the end of the file.
  /// - Throws: when reading fails, or when nothing of the file can be understood.
  mutating func next() throws(InputError) -> Finding?

  /// How the columns of a table are understood; nil for what is no table, or not known yet.
  var columns: String? { get }
}

extension EntryReader {
  package var columns: String? { nil }
}

/// Why a file cannot be read at all.
package enum InputError: Error, Sendable, Equatable {
  /// The system's error number.
  case read(code: Int32)
  /// It is not what it seems to be; the reason says what to do.
  case refused(Rejection)
}
