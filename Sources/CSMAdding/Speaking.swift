import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import CSMWorkplace
import Foundation

/// Who speaks, and how words are prepared for sending.
package struct Speaking {
  /// `NAME` for the voice of all lines, or `Speaker=NAME` for the voice of one speaker.
  private let voices: [String]
  /// The path of a cast file.
  private let cast: String?
  /// Whether unknown speakers are accepted, without a voice.
  let isCastAutomatic: Bool
  /// The path of a respelling file.
  private let respellings: String?
  /// The composer's options but for the cast and the respellings.
  let composing: Composer.Options

  package init(
    voices: [String] = [], cast: String? = nil, isCastAutomatic: Bool = false,
    respellings: String? = nil, composing: Composer.Options = Composer.Options()
  ) {
    self.voices = voices
    self.cast = cast
    self.isCastAutomatic = isCastAutomatic
    self.respellings = respellings
    self.composing = composing
  }

  /// The contents of the cast and respelling files.
  struct Files {
    fileprivate let cast: String?
    fileprivate let respelling: Respelling
  }

  func files() throws -> Files {
    Files(cast: try cast.map(SmallFile.text), respelling: try respelling())
  }

  /// The composer's options, given the voices in the table.
  func composition(_ files: Files, voices: [Voice]) throws -> Composer.Options {
    var options = composing
    options.cast = try cast(files.cast, voices: voices)
    options.respelling = files.respelling
    return options
  }

  private func cast(_ text: String?, voices: [Voice]) throws -> Cast {
    var cast = Cast(voices: voices)
    if isCastAutomatic {
      cast.isAutomatic = true
    } else if let text, let file = self.cast {
      do throws(SyntaxError) {
        for (name, role) in try CastFile.read(text) {
          if let reason = cast.assign(name, role) { throw SyntaxError(reason) }
        }
      } catch {
        throw Failure(error, in: file)
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
    do throws(SyntaxError) {
      try RespellingFile.read(text, isNormalised: composing.isNormalised, into: &respelling)
    } catch {
      throw Failure(error, in: file)
    }
    return respelling
  }
}

extension Failure {
  fileprivate init(_ error: SyntaxError, in file: String) {
    let place = error.line.map { ":\($0)" } ?? ""
    self.init("\(file)\(place): \(error.reason)", .badInput)
  }
}
