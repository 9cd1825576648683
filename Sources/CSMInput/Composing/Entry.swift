import CSMCore

/// What a file contains in one place: a turn, or a scene of several turns.
///
/// Readers of all formats return entries. They hold the author's own words and names; `Composer` turns them
/// into requests.
package struct Entry: Sendable, Equatable {
  /// The line where it begins, from 1.
  package var line: Int
  /// The author's id; nil if there is none.
  package var id: String?
  /// At least one, in order.
  package var turns: [Turn]
  /// The scene of a turn in a table or script; turns of a scene are consecutive.
  package var scene: Scene?
  /// How many versions to make.
  package var takes = 1
  /// Whether each turn becomes an audio file; nil if the file does not say.
  package var isPerTurn: Bool?
  /// Context clips given by the author, in addition to those of the voices.
  package var context: [Clip] = []
  /// Whatever else the file says about it, as JSON.
  package var meta: String?

  /// One thing said by one speaker.
  package struct Turn: Sendable, Equatable {
    package var line: Int
    /// The column of the text in its line, in characters, from 1.
    package var column = 1
    package var id: String?
    /// The author's text.
    package var text: String
    /// What the author wants sent instead of the text.
    package var spoken: String?
    package var speaker: Speaker?
    /// The name of a voice, if the file gives one in addition to the speaker.
    package var voice: String?
  }

  package enum Speaker: Sendable, Equatable, Hashable {
    case id(Int)
    case name(String)
  }

  /// A clip that gives a speaker's voice.
  package struct Clip: Sendable, Equatable {
    package var source: Source
    /// The speaker with this voice; nil for the next id in order.
    package var speakerID: Int?

    package enum Source: Sendable, Equatable {
      /// A URL that fal can reach, and the words spoken in the clip.
      case url(String, prompt: String)
      /// The name of a voice.
      case voice(String)
    }
  }

  package struct Scene: Sendable, Equatable {
    /// The number of the scene in its file, from 1; distinguishes scenes with the same id.
    package var number: Int
    package var id: String
  }
}

extension Entry.Speaker {
  /// The name, or the id as a digit.
  var written: String {
    switch self {
    case .name(let name): name
    case .id(let id): String(id)
    }
  }

  /// A speaker as written in a file; a single digit that is a valid id means that id.
  init?(written text: String) {
    let name = text.trimmed
    guard !name.isEmpty else { return nil }
    if let id = Int(name), SpeechLimits.speakerIDs.contains(id), name.utf8.count == 1 {
      self = .id(id)
    } else {
      self = .name(SpokenText.composed(name))
    }
  }
}

/// What a reader finds next in a file.
package enum Finding: Sendable, Equatable {
  case entry(Entry)
  /// An empty line or row.
  case blank
  /// A line without words to speak, such as a heading or a comment.
  case directive
  /// A row that its author marked with `skip`.
  case skipped
  /// Something unreadable, and the scene it is in.
  case rejection(Rejection, in: Entry.Scene? = nil)
  /// A scene that begins here, and may begin with an earlier row that is unreadable.
  case incomplete(Entry.Scene)
  /// Something that can be read, but perhaps not as the author means it.
  case warning(Warning)
  /// A role defined in the file itself.
  case role(name: String, voice: String, line: Int)
}

/// Reads one format, entry by entry, in constant memory; must cope with any bytes.
package protocol EntryReader {
  /// - Returns: nil at the end of the file.
  /// - Throws: if reading fails, or if the file as a whole makes no sense.
  mutating func next() throws(InputError) -> Finding?

  /// How a table's columns are understood; nil for other formats, and before the header is read.
  var columns: String? { get }
}

extension EntryReader {
  package var columns: String? { nil }
}

/// Why a file cannot be read at all.
package enum InputError: Error, Sendable, Equatable {
  /// The `errno` of `read`.
  case read(code: Int32)
  /// The file is not what it seems; the reason says what to do.
  case refused(Rejection)
}
