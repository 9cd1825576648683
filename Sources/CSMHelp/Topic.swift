/// A help page about more than one command: `csm-enqueue help TOPIC`, and a man page.
///
/// Its text is Markdown and compiled in. The terminal, the man page and the repository show the same
/// words.
package enum Topic: String, CaseIterable, Sendable {
  case formats, exports, judge, settings, states

  /// The name of its man page.
  package var page: String {
    switch self {
    case .formats: "csm-formats"
    case .exports: "csm-exports"
    case .judge: "csm-judge"
    case .settings: "csm.conf"
    case .states: "csm-states"
    }
  }

  private var bytes: [UInt8] {
    switch self {
    case .formats: PackageResources.formats_md
    case .exports: PackageResources.exports_md
    case .judge: PackageResources.judge_md
    case .settings: PackageResources.settings_md
    case .states: PackageResources.states_md
    }
  }

  /// One line about its subject, from the first line of the text.
  ///
  /// Every command asks for it, so the rest is not read.
  package var summary: String {
    let title = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return title.firstRange(of: ": ").map { String(title[$0.upperBound...]) } ?? ""
  }

  package var markdown: String {
    String(decoding: bytes, as: UTF8.self)
      .replacing("<!-- settings at a restart -->", with: SettingsText.list(isReloaded: false))
      .replacing("<!-- settings at a reload -->", with: SettingsText.list(isReloaded: true))
  }

  var document: Document { Document(markdown) }
}
