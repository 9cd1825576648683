import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFFmpeg

/// Options for what is done to the copies of an export.
struct SoundOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Convert with ffmpeg: ogg, opus, mp3, m4a, flac, wav:RATE, wav:8000:ulaw, wav:8000:alaw or ulaw \
      (without a header).
      """, valueName: "form"))
  var convert: Conversion?

  @Flag(help: "Remove the silence at both ends.")
  var trim = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How loud each voice is over all its lines (EBU R128), such as -16.", valueName: "LUFS"))
  var loudness: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Samples per second, such as 22050.", valueName: "Hz"))
  var rate: Int?

  @Flag(help: "Write text, model, voice and time into the tags of each file.")
  var tags = false

  private static let rates = 8000...192_000
  private static let loudnesses = -40.0 ... -5.0

  func validate() throws {
    if let rate, !Self.rates.contains(rate) {
      throw ValidationError("--rate must be from 8000 to 192000")
    }
    if let loudness, !Self.loudnesses.contains(loudness) {
      throw ValidationError("--loudness must be from -40 to -5 LUFS, such as --loudness -16")
    }
  }

  /// Refuses what the form cannot hold, and what would be lost on the way.
  func validate(for form: Form) throws {
    if let convert, let why = form.refusal(of: convert) { throw ValidationError(why) }
    if rate != nil, form == .phone || convert?.setsRate == true {
      let other = convert?.setsRate == true ? "--convert \(convert?.name ?? "")" : "--as phone"
      throw ValidationError("--rate and \(other) ask for different rates: leave out one of them")
    }
    if tags, convert?.hasTags == false {
      throw ValidationError("--tags: files of --convert ulaw have no place for tags")
    }
    if tags, form.isSequence {
      throw ValidationError("--tags is for forms with a file for each line")
    }
  }

  /// The option that needs ffmpeg; nil if none does.
  func whyFFmpeg(_ form: Form) -> String? {
    if convert != nil { return "--convert" }
    if loudness != nil { return "--loudness" }
    return [.phone, .book].contains(form) ? "--as \(form.rawValue)" : nil
  }
}

/// Options that only some forms take.
struct FormArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Divide lines by percent: 95/5 into train and test, 90/5/5 into train, validation and test.",
      valueName: "shares"),
    transform: { text in
      guard let split = Split(text) else {
        throw ValidationError("shares must be whole percentages that add up to 100, such as 95/5")
      }
      return split
    })
  var split: Split?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The silence between joined lines; by default 300ms.", valueName: "time"),
    transform: { text in
      guard let gap = Duration(setting: text), (.zero ... .seconds(60)).contains(gap) else {
        throw ValidationError("a gap must be from 0ms to 60s, such as 300ms")
      }
      return gap
    })
  var gap: Duration?

  @Option(
    help: ArgumentHelp("A book's picture, JPEG or PNG.", valueName: "file"),
    completion: .file(extensions: ["jpg", "jpeg", "png"]))
  var cover: String?

  @Option(help: "A book's title; by default, the name of the batch.")
  var title: String?
}

extension Form: ExpressibleByArgument {}

extension Conversion: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
