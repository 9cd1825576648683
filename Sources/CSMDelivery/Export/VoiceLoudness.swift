import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMSQLite

/// How loud each voice is, over all of its lines: one gain makes it as loud as it is to be, so that it
/// stays even from line to line.
struct VoiceLoudness {
  /// Who is heard: what lines are measured together by.
  static func voice(of line: LineRow) -> String { line.voice ?? line.speaker ?? "" }
}
