import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import CSMWorkplace
import Foundation

/// Who speaks, and what is sent of the words.
package struct Speaking {
  /// `NAME`, the voice of all lines, or `Speaker=NAME`, that of one speaker.
  private let voices: [String]
  /// A TOML file with the voices of the speakers.
  private let cast: String?
  /// Anybody speaks whose voice nothing says.
  let isCastAutomatic: Bool
  /// The speaker id of lines that name nobody.
  private let speakerID: Int
  private let isPerTurn: Bool
  /// So many turns before it does each turn hear.
  let chain: Int
  /// Nil: no turn is cut, however long it is.
  private let splitter: Splitter?
  /// Typography is sent in plain forms.
  private let isNormalised: Bool
  /// A file with words and how they are to be sent.
  private let respellings: String?
  /// Everything is named that CSM may speak wrong.
  private let isThorough: Bool

  package init(
    voices: [String] = [], cast: String? = nil, isCastAutomatic: Bool = false, speakerID: Int = 0,
    isPerTurn: Bool = false, chain: Int = 0,
    splitter: Splitter? = Splitter(charactersMax: SpeechLimits.turnCharactersMax),
    isNormalised: Bool = true, respellings: String? = nil, isThorough: Bool = false
  ) {
    self.voices = voices
    self.cast = cast
    self.isCastAutomatic = isCastAutomatic
    self.speakerID = speakerID
    self.isPerTurn = isPerTurn
    self.chain = chain
    self.splitter = splitter
    self.isNormalised = isNormalised
    self.respellings = respellings
    self.isThorough = isThorough
  }

  /// The files that are named here, read.
  struct Files {
    fileprivate let cast: String?
    fileprivate let respelling: Respelling
  }

  /// Reads the files that are named here.
  func files() throws -> Files {
    Files(cast: try cast.map(SmallFile.text), respelling: try respelling())
  }

  /// What the files' texts are made into, with the voices that there are.
  func composition(_ files: Files, voices: [Voice]) throws -> Composer.Options {
    var options = Composer.Options()
    options.cast = try cast(files.cast, voices: voices)
    options.speakerID = speakerID
    options.isPerTurn = isPerTurn
    options.chain = chain
    options.splitter = splitter
    options.isNormalised = isNormalised
    options.respelling = files.respelling
    options.isThorough = isThorough
    return options
  }

  private func cast(_ text: String?, voices: [Voice]) throws -> Cast {
    var cast = Cast(voices: voices)
    if isCastAutomatic {
      cast.isAutomatic = true
    } else if let text, let file = self.cast {
      do throws(CastFile.Mistake) {
        for (name, role) in try CastFile.read(text) {
          if let reason = cast.assign(name, role) { throw CastFile.Mistake(reason) }
        }
      } catch {
        let place = error.line.map { ":\($0)" } ?? ""
        throw Failure("\(file)\(place): \(error.reason)", .badInput)
      }
    }
    for word in self.voices {
      let parts = word.split(separator: "=", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      let name = parts.count == 2 ? parts[0] : "*"
      if let reason = cast.assign(name, Cast.Role(voice: parts.last ?? "")) {
        throw Failure("--voice \(word): \(reason)", .badInput)
      }
    }
    return cast
  }

  private func respelling() throws -> Respelling {
    var respelling = Respelling()
    guard let file = respellings else { return respelling }
    let text = try SmallFile.text(at: file)
    do throws(RespellingFile.Mistake) {
      try RespellingFile.read(text, into: &respelling)
    } catch {
      throw Failure("\(file):\(error.line): \(error.reason)", .badInput)
    }
    return respelling
  }
}
