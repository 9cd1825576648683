import CSMCore
import CSMHelp
import Foundation
import Testing

@testable import CSMInput

/// Checks that the topics of `csm-enqueue help` agree with the code.
@Suite("Help")
struct HelpTests {
  @Test("the table of transitions has exactly those of the state machine")
  func arrows() throws {
    var drawn: [JobState.Name: Set<JobState.Name>] = [:]
    var from: JobState.Name?
    for arrow in Topic.states.markdown.matches(of: /(?m)^([A-Z_]*) +-> ([A-Z_]+)  +\S/) {
      from = JobState.Name(rawValue: String(arrow.1)) ?? from
      let state = try #require(from)
      let to = try #require(JobState.Name(rawValue: String(arrow.2)))
      #expect(drawn[state, default: []].insert(to).inserted, "\(state) -> \(to) is drawn twice")
    }
    for state in JobState.Name.allCases {
      #expect(drawn[state, default: []] == state.next, "\(state)")
    }
  }

  @Test("the states, gates and checks of audio are listed, each once")
  func names() {
    let text = Topic.states.markdown
    let names =
      JobState.Name.allCases.map(\.rawValue) + Gate.Name.allCases.map(\.rawValue)
      + AudioCheck.allCases.map(\.rawValue)
    for name in names {
      #expect(text.components(separatedBy: "\n- `\(name)`: ").count == 2, "\(name)")
    }
  }

  @Test("each setting is listed with its default and its expected form")
  func settings() throws {
    let text = Topic.settings.text()
    for name in Settings.Name.allCases {
      #expect(text.contains("\n  \(name.rawValue)\n"), "\(name)")
      #expect(!Settings.expected(of: name).isEmpty, "\(name)")
      guard let value = name.initial else { continue }
      #expect(Topic.settings.markdown.contains("Default: `\(value)`."), "\(name)")
      _ = try Settings([name.rawValue: value])
    }
  }

  @Test("systemd/csm.conf is up to date")
  func file() throws {
    let file = try TidyTests.text(of: "systemd/csm.conf")
    #expect(
      file == SettingsText.file, "csm-enqueue help settings --as conf > systemd/csm.conf")
    let values = try SettingsFile.parse(file.replacing(/(?m)^#([A-Z])/) { "\($0.1)" })
    _ = try Settings(values, file: values)
  }

  @Test("each format and each header of a table column is named")
  func formats() {
    let text = Topic.formats.markdown
    for format in InputFormat.allCases {
      #expect(text.contains("\n- `\(format.rawValue)`: "), "\(format)")
    }
    for field in Column.Field.allCases {
      let item = text.firstRange(of: "\n- `\(field)`: ").map { text[$0.upperBound...] } ?? ""
      let line = item.prefix { $0 != "\n" }.filter { $0 != "_" }
      for header in field.headers { #expect(line.contains(header), "\(field): \(header)") }
    }
  }

  @Test("each form of an export is named")
  func forms() throws {
    let forms = try TidyTests.text(of: "Sources/CSMDelivery/Forms/Form.swift")
    let names = forms.matches(of: /(?m)^  case ([a-z0-9, ]+)$/).flatMap { match in
      match.1.split(separator: ",").map { $0.filter { $0 != " " } }
    }
    #expect(names.count >= 13)
    for name in names {
      #expect(Topic.exports.markdown.contains("\n- `\(name)`: "), "\(name)")
    }
  }

  @Test("a topic fits into 80 columns, also as a man page", arguments: Topic.allCases)
  func widths(topic: Topic) {
    #expect(!topic.summary.isEmpty)
    #expect(topic.markdown.hasPrefix("# \(topic.page)("))
    for line in topic.text().split(separator: "\n") {
      #expect(line.count <= 80, "\(line)")
    }
    let literals = topic.markdown.split(separator: "```", omittingEmptySubsequences: false)
    for (index, text) in literals.enumerated() where !index.isMultiple(of: 2) {
      // A man page indents it by seven columns.
      for line in text.split(separator: "\n") { #expect(line.count <= 73, "\(line)") }
    }
    for line in topic.manual.split(separator: "\n") {
      #expect(!line.contains("`"), "\(line)")
      #expect(!line.hasPrefix(".") || line.firstMatch(of: Self.macro) != nil, "\(line)")
    }
  }

  @Test("a man page has its code in bold, and nothing else", arguments: Topic.allCases)
  func bold(topic: Topic) {
    let manual = topic.manual
    let fonts = manual.matches(of: /\\f(.)/).map { String($0.1) }
    #expect(fonts == (0..<fonts.count).map { $0.isMultiple(of: 2) ? "B" : "R" })
    for paragraph in manual.split(separator: "\n.") {
      let begins = paragraph.matches(of: /\\fB/).count
      #expect(begins == paragraph.matches(of: /\\fR/).count, "\(paragraph)")
    }
  }

  private nonisolated(unsafe) static let macro = /^\.(Sh|Nm|Nd|Pp|It|Bl|El|Bd|Ed)/
}
