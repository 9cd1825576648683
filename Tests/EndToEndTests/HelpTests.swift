import Testing

/// The help of `csm-enqueue`.
@Suite("Help", .serialized)
struct HelpTests {
  @Test("each topic is printed", arguments: ["formats", "settings", "states"])
  func topics(name: String) async throws {
    let stage = try await Stage()
    let text = try await stage.enqueue("help", name)
    #expect(text.status == 0)
    #expect(text.stdout.split(separator: "\n").count > 50)
    #expect(text.stderr.isEmpty)
    let page = try await stage.enqueue("help", name, "--as", "man")
    #expect(page.status == 0)
    #expect(page.stdout.hasPrefix(".Sh NAME\n"))
    #expect(try await stage.enqueue("--help").stdout.contains("  \(name) "))
  }

  @Test("shells complete batches, voices and lines")
  func completion() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "night.txt"))
    let cases = [
      (["list", "--", "--batch", "3", "0", "csm-enqueue", "list", "--batch", ""], "night"),
      (["show", "--", "id", "2", "0", "csm-enqueue", "show", ""], "L1\nL2"),
    ]
    for (words, names) in cases {
      let output = try await stage.start("csm-enqueue", ["---completion"] + words).end()
      #expect(output.stdout.trimmingPrefix("\n").hasPrefix(names), "\(words): \(output)")
    }
  }

  @Test("each command shows an example")
  func examples() async throws {
    let stage = try await Stage()
    for program in ["csm-enqueue", "csm-enqueue voice", "csmd", "csm-web", "csm-localfal"] {
      var words = program.split(separator: " ").map(String.init)
      let name = words.removeFirst()
      let help = try await stage.start(name, words + ["--help"]).end().stdout
      #expect(help.contains("\nExample"), "\(program)")
      let commands = try #require(help.split(separator: "SUBCOMMANDS:\n").last)
        .matches(of: /(?m)^  ([a-z]+)/).map { String($0.1) }
      #expect(commands.count > 1, "\(program)")
      for command in commands {
        let help = try await stage.start(name, words + [command, "--help"]).end().stdout
        #expect(help.contains("\nExample"), "\(program) \(command)")
      }
    }
  }

  @Test("commands have their own help, and topics are not commands")
  func commands() async throws {
    let stage = try await Stage()
    for words in [["help", "add"], ["help", "voice", "add"], ["add", "--help"], ["help"]] {
      let help = try await stage.start("csm-enqueue", words).end()
      #expect(help.status == 0)
      #expect(help.stdout.contains("USAGE: csm-enqueue"), "\(words)")
    }
    let topic = try await stage.enqueue("formats")
    #expect(topic.status == 64)
    #expect(topic.stderr.contains("did you mean csm-enqueue help formats?"))
    #expect(try await stage.enqueue("help", "states", "--as", "conf").status == 64)
  }
}
