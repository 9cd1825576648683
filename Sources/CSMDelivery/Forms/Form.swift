import CSMCore
import CSMFFmpeg

/// The form of an export: `--as`.
///
/// Each form is implemented in a file of its own: a `LineForm` has a file for each line, and a `SequenceForm`
/// joins lines.
package enum Form: String, CaseIterable, Sendable {
  case files, ljspeech, hf, nemo, anki, phone, m3u8, csv, summary
  case joined, book, srt, vtt

  /// A description of the form in one line.
  package var summary: String {
    switch self {
    case .files: "an audio file for each line; the default"
    case .ljspeech: "wavs/ and metadata.csv, laid out as LJSpeech"
    case .hf: "a folder that Hugging Face's datasets load; --split 95/5"
    case .nemo: "audio and a manifest for NVIDIA NeMo; --split 95/5"
    case .anki: "notes with sound, for Anki's File > Import"
    case .phone: "8 kHz mu-law, under names that telephone systems accept"
    case .m3u8: "a playlist beside the files"
    case .csv: "a table beside the files"
    case .summary: "summary.json beside the files, as Azure's batch synthesis writes it"
    case .joined: "one file for each scene, with gaps"
    case .book: "one .m4b or .mp3 with chapters"
    case .srt, .vtt: "subtitles for the files of joined"
    }
  }

  /// How the form is made.
  enum Kind {
    case lines(any LineForm)
    case sequences(any SequenceForm)
  }

  func kind(_ options: FormOptions) -> Kind {
    switch self {
    case .files: .lines(FilesForm())
    case .ljspeech: .lines(LJSpeechForm())
    case .hf: .lines(HuggingFaceForm(split: options.split))
    case .nemo: .lines(NeMoForm(split: options.split))
    case .anki: .lines(AnkiForm(batch: options.batch, hasAllTakes: options.hasAllTakes))
    case .phone: .lines(PhoneForm(batch: options.batch))
    case .m3u8: .lines(PlaylistForm(batch: options.batch))
    case .csv: .lines(TableForm(batch: options.batch))
    case .summary: .lines(SummaryForm(batch: options.batch))
    case .joined: .sequences(JoinedForm())
    case .book: .sequences(BookForm(options.book))
    case .srt: .sequences(SubtitleForm(.srt))
    case .vtt: .sequences(SubtitleForm(.vtt))
    }
  }

  /// Whether lines are divided by `--split`.
  package var takesSplit: Bool { self == .hf || self == .nemo }

  /// Why the form cannot have files of this format, in one sentence without a full stop; nil if it can.
  package func refusal(of conversion: Conversion) -> String? {
    switch self {
    case .ljspeech where conversion.ext != "wav":
      "--as ljspeech holds WAV files: leave out --convert, or use --convert wav:22050"
    case .phone where !["wav", "ulaw"].contains(conversion.ext):
      "--as phone allows only --convert ulaw or wav:8000"
    case .hf where conversion.ext == "ulaw", .nemo where conversion.ext == "ulaw":
      "--as \(rawValue) needs files with a header: use --convert wav:8000:ulaw"
    default: nil
    }
  }

  /// Whether lines are joined, with gaps.
  package var isSequence: Bool { [.joined, .book, .srt, .vtt].contains(self) }
}

/// A person's options for a form.
package struct FormOptions: Sendable {
  package var batch: String
  /// Whether all stored takes of a line are wanted, not only the one shown.
  package var hasAllTakes = false
  package var split: Split?
  /// The silence between lines, in milliseconds.
  package var gap = 300
  package var book = BookOptions()

  package init(batch: String) { self.batch = batch }
}
