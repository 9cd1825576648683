import Foundation
import Testing

@Suite("voice")
struct VoiceCommandTests {
  let stage: Stage

  init() async throws { stage = try await Stage() }

  private func add(_ name: String, _ clip: String, _ more: String...) async throws -> Output {
    let words = more.isEmpty ? ["--text", Clip.words] : more
    return try await stage.start("csm-enqueue", ["voice", "add", name, clip] + words).end()
  }

  @Test("ffmpeg gets no secrets")
  func environment() async throws {
    let stage = try await Stage()
    try FileManager.default.createDirectory(
      atPath: stage("bin"), withIntermediateDirectories: false)
    let script = try stage.write(
      "#!/bin/sh\n/usr/bin/env > '\(stage("seen"))'\nexit 1\n", to: "ffmpeg.sh")
    // Not written by this process: a child forked by another test would inherit the open file, and a file
    // that is open for writing cannot be run.
    let made = try await stage.start(
      "/usr/bin/install", ["-m", "755", script, stage("bin/ffmpeg")]
    ).end()
    try #require(made.status == 0)
    let clip = try stage.write("no WAV file", to: "clip.ogg")
    _ = try await stage.enqueue(
      "voice", "add", "anna", clip, "--text", "Words.",
      settings: [
        "PATH": "\(stage("bin")):/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": stage.folder,
      ])
    let seen = try stage.text(stage("seen")).split(separator: "\n").map { $0.prefix { $0 != "=" } }
    for name in seen {
      #expect(
        ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PWD", "_", "SHLVL"].contains(name), "\(name)")
    }
    #expect(Set(["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"]).isSubset(of: seen.map(String.init)))
  }

  @Test("add converts, checks and stores a clip, and prints its findings")
  func added() async throws {
    let clip = try stage.write(Clip.wav(), to: "anna.wav")
    let words = try stage.write("  \(Clip.words.replacing(" ", with: "\n"))\n", to: "anna.txt")
    let added = try await add("anna", clip, "--text-file", words, "--consent", "recorded by me")
    #expect(added.status == 0)
    #expect(added.stderr == "")
    #expect(
      added.stdout == """
        anna: 8.0 s, 24 kHz mono (converted from 44.1 kHz stereo, 16 bits), level -21 dBFS, \
        transcript 101 chars = 12.6 chars/s, plausible
        uses about 135 of 2048 positions in every request; csmd uploads it to fal with the first line \
        that needs it
        try it: echo 'Hello there.' | csm-enqueue add - --voice anna

        """)
    let listed = try #require(try await stage.enqueue("voice", "list", "--json").objects().first)
    #expect(listed["name"] as? String == "anna")
    #expect(listed["transcript"] as? String == Clip.words)
    #expect(listed["consent"] as? String == "recorded by me")
    #expect(listed["duration_s"] as? Double == 8)
    #expect(listed["upload_expires_at"] is NSNull)
    let shown = try await stage.enqueue("voice", "show", "ANNA")
    let path = try #require(shown.stdout.firstMatch(of: /clip +(.+)/)).1
    let file = try stage.bytes(String(path))
    #expect(file.count == 44 + 8 * 48_000)
    #expect(try WAV(file).seconds == 8)
    try await stage.demandSoundStore()
  }

  @Test("adding the same clip again changes nothing; another clip needs another name")
  func again() async throws {
    let clip = try stage.write(Clip.wav(), to: "a.wav")
    let other = try stage.write(Clip.wav(hertz: 300), to: "b.wav")
    #expect(try await add("anna", clip).status == 0)
    // The voice is printed as it is listed, even if it existed before.
    let known = try await stage.enqueue(
      "voice", "add", "Anna", clip, "--text", Clip.words, "--json")
    #expect(known.stdout == (try await stage.enqueue("voice", "list", "--json").stdout))
    #expect(try known.objects().first?["created_at"] is String)
    let taken = try await add("anna", other)
    #expect(taken.status == 73)
    #expect(taken.stderr.contains("csm-enqueue voice remove anna"))
    #expect(try await stage.enqueue("voice", "remove", "anna").status == 0)
    #expect(try await stage.enqueue("voice", "remove", "anna").status == 1)
    #expect(try await stage.enqueue("voice", "list").status == 1)
    #expect(try await add("anna", other).status == 0)
    let unknown = try await stage.enqueue("voice", "show", "ana")
    #expect(unknown.status == 1)
    #expect(unknown.stderr.contains("did you mean anna?"))
  }

  @Test("a name is the same in all its Unicode forms")
  func composed() async throws {
    let clip = try stage.write(Clip.wav(), to: "a.wav")
    #expect(try await add("Zoe\u{308}", clip).status == 0)
    for name in ["Zoe\u{308}", "Zo\u{EB}"] {
      #expect(try await stage.enqueue("voice", "show", name).status == 0)
      #expect(try await stage.enqueue("voice", "check", name).status == 0)
    }
    #expect(try await stage.enqueue("voice", "remove", "Zoe\u{308}").status == 0)
    #expect(try await stage.enqueue("voice", "list").status == 1)
  }

  @Test("a clip that cannot be a voice is refused with advice")
  func refused() async throws {
    let short = try stage.write(Clip.wav(seconds: 2), to: "short.wav")
    let silent = try stage.write(Clip.wav(loudness: 0), to: "silent.wav")
    let good = try stage.write(Clip.wav(), to: "good.wav")
    let cases: [(Output, Int32, String)] = [
      (try await add("a", short), 65, "use a clip of 3 to 30 s"),
      (try await add("a", silent), 65, "nearly silent"),
      (try await add("a", good, "--text", "…"), 65, "the transcript has no words"),
      (try await add("a", stage("none.wav")), 66, "none.wav"),
      (try await add("a", stage.folder), 66, "is it a file?"),
      (try await add("-a=b", good), 64, "Usage"),
      (try await add("a=b", good), 64, "a voice's name"),
      (try await add("a", good, "--text-file", stage("none.txt")), 66, "none.txt"),
      (
        try await add("a", good, "--text", "x", "--text-file", good), 64,
        "either --text or --text-file"
      ),
      (try await stage.enqueue("voice", "add", "a", good), 64, "either --text or --text-file"),
    ]
    for (output, status, words) in cases {
      #expect(output.status == status)
      #expect(output.stderr.contains(words), "\(output.stderr)")
      #expect(output.stdout == "")
    }
    #expect(try await stage.enqueue("voice", "list").status != 0)
  }

  @Test(
    "a poor clip gives a warning; one that does not fit its words is kept only with --force"
  )
  func warned() async throws {
    let clip = try stage.write(Clip.wav(seconds: 20), to: "long.wav")
    let refused = try await add("slow", clip)
    #expect(refused.status == 65)
    #expect(refused.stderr.contains("people speak 8 to 22; correct the words, or give --force"))
    #expect(!(try await stage.enqueue("voice", "list").stdout.contains("slow")))
    let added = try await add("slow", clip, "--text", Clip.words, "--force")
    #expect(added.status == 0)
    #expect(
      added.stderr.contains("slow: warning: clips of 6 to 12 s work best; this one lasts 20.0 s"))
    #expect(added.stderr.contains("slower than anybody speaks"))
    #expect(added.stdout.contains("NOT plausible"))
    let checked = try await stage.enqueue("voice", "check")
    #expect(checked.status == 1)
    #expect(checked.stdout.contains("slow: sound, uploaded when needed"))
  }

  @Test("a clip that is not WAV is read with ffmpeg, and refused without it")
  func otherFormats() async throws {
    let clip = try stage.write(Array("OggS and more".utf8), to: "a.ogg")
    let without = try await stage.enqueue(
      "voice", "add", "anna", clip, "--text", Clip.words, settings: ["PATH": stage.folder])
    #expect(without.status == 65)
    #expect(without.stderr.contains("or install ffmpeg"))
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg") else { return }
    let good = try stage.write(Clip.wav(), to: "good.wav")
    let made = try await stage.start(
      "/usr/bin/ffmpeg", ["-v", "error", "-i", good, stage("good.flac")]
    ).end()
    #expect(made.status == 0)
    let with = try await add("anna", stage("good.flac"))
    #expect(with.status == 0, "\(with.stderr)")
    #expect(with.stdout.hasPrefix("anna: 8.0 s, 24 kHz mono (converted by ffmpeg)"))
    let broken = try await add("ben", clip)
    #expect(broken.status == 65)
    #expect(broken.stderr.contains("ffmpeg cannot read it"))
  }

  @Test("check names a missing or damaged clip; adding it again repairs it")
  func check() async throws {
    try await stage.addVoice("anna")
    let digest = try #require(
      try await stage.enqueue("voice", "list", "--json").objects().first?["digest"] as? String)
    let path = "\(stage.state)/objects/\(digest.prefix(2))/\(digest.dropFirst(2))"
    chmod(path, 0o600)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seek(toOffset: 5000)
    try file.write(contentsOf: Data([1, 2, 3]))
    try file.close()
    let damaged = try await stage.enqueue("voice", "check", "anna")
    #expect(damaged.status == 1)
    #expect(damaged.stdout.contains("anna: CANNOT BE USED\n  its clip in the store is damaged"))
    try await stage.addVoice("anna")
    #expect(try await stage.enqueue("voice", "check").status == 0)
    try FileManager.default.removeItem(atPath: path)
    #expect(try await stage.enqueue("voice", "check").stdout.contains("not in the store"))
    try await stage.addVoice("anna")
    #expect(try await stage.enqueue("voice", "check").status == 0)
  }
}
