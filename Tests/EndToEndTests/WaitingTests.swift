import Foundation
import Glibc
import Servers
import Synchronization
import Testing

@Suite("Delays of the daemon")
struct WaitingTests {
  /// Holds the lock that all writers need, like a command that was stopped (^Z) while adding lines.
  private func holdGate(_ stage: Stage) async throws -> RunningProgram {
    let holder = try stage.start(
      "/usr/bin/flock",
      ["-F", "\(stage.state)/csm.gate", "sh", "-c", "echo holds; exec sleep 600"])
    try await eventually("the gate is held") { holder.stdout.contains("holds") }
    return holder
  }

  /// Lets requests wait at fal until the test is ready for their end.
  private final class Brake: Sendable {
    private let isOn = Atomic(true)

    func release() { isOn.store(false, ordering: .relaxed) }

    func fal() throws -> ScriptedFal {
      try ScriptedFal { [self] asked in
        asked.call == .status && isOn.load(ordering: .relaxed)
          ? .http(202, #"{"status": "IN_QUEUE"}"#) : nil
      }
    }
  }

  @Test("a locked table: it says so, waits, and goes on")
  func heldWhileRunning() async throws {
    let stage = try await Stage()
    let brake = Brake()
    let fal = try brake.fal()
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let night = try stage.start("csmd", ["run", "--until-idle"], fal.settings)
    try await night.logs("IN_QUEUE")
    let holder = try await holdGate(stage)
    brake.release()
    try await night.logs("csm.gate is locked by process")
    holder.send(SIGKILL)
    let output = try await night.end()
    #expect(output.status == 0, "\(output.stderr)")
    #expect(output.stderr.contains("what was in the way is gone"))
    #expect(try await stage.states() == ["STORED": 3])
    #expect(fal.posts.sorted() == sentences(3).split(separator: "\n").map(String.init))
  }

  @Test("a locked table at its start: it waits, and a signal ends it")
  func heldAtTheStart() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let holder = try await holdGate(stage)
    let daemon = try stage.start("csmd", ["run"])
    try await daemon.logs("csm.gate is locked by process")
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 75)
    holder.send(SIGKILL)
  }

  @Test("after a signal, it writes fal's answers first, and then ends")
  func heldWhenToldToLeave() async throws {
    let stage = try await Stage()
    let brake = Brake()
    let fal = try brake.fal()
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let daemon = try stage.start("csmd", ["run"], fal.settings)
    try await daemon.logs("IN_QUEUE")
    let holder = try await holdGate(stage)
    brake.release()
    try await daemon.logs("csm.gate is locked by process")
    daemon.send(SIGTERM)
    // It waits for 20 s; one that does not wait would be gone by then.
    try await Task.sleep(for: .seconds(3))
    holder.send(SIGKILL)
    let output = try await daemon.end()
    #expect(output.status == 0, "\(output.stderr)")
    #expect(output.stderr.contains("what was in the way is gone"))
  }

  /// Sends a signal to an `add` while it writes, in a job of its own as in a shell.
  private func stoppedAddition(_ stage: Stage, by what: String) async throws -> (
    shell: RunningProgram, process: pid_t
  ) {
    let file = try stage.write(sentences(50), to: "\(what).txt")
    let shell = try stage.start(
      "/bin/bash",
      [
        "-mc",
        """
        '\(Stage.programs)/csm-enqueue' add '\(file)' &
        echo $!
        while kill -0 $!; do sleep 0.1; done 2>/dev/null
        """,
      ],
      [
        "LD_PRELOAD": "\(Stage.programs)/libCFaults.so",
        "FAULTS_ROOTS": "\(stage.state)/csm.db-wal", "FAULTS_CALLS": "pwrite", "FAULTS_DO": what,
        "FAULTS_AT": "3",
      ])
    try await eventually("it has begun") { shell.stdout.contains("\n") }
    let process = try #require(pid_t(shell.stdout.prefix { $0 != "\n" }))
    try await eventually("it is stopped") {
      (try? stage.text("/proc/\(process)/stat"))?.contains(") T ") == true
    }
    return (shell, process)
  }

  @Test("^Z stops an add only when no other program waits for it")
  func stoppedByTerminal() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let (shell, process) = try await stoppedAddition(stage, by: "pause")
    defer { kill(process, SIGKILL) }
    let other = try stage.start("csm-enqueue", ["add", try stage.write("Other.", to: "b.txt")])
    #expect(try await other.end().status == 0)
    kill(process, SIGCONT)
    #expect(try await shell.end().stdout.contains("50 lines read"))
    #expect(try await stage.lines().count == 52)
  }

  @Test("status and csmd name a stopped program that holds the table")
  func stoppedForGood() async throws {
    let stage = try await Stage()
    let brake = Brake()
    let fal = try brake.fal()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    #expect(try await !stage.enqueue("status").stdout.contains("csm.gate"))
    let night = try stage.start("csmd", ["run", "--until-idle"], fal.settings)
    try await night.logs("IN_QUEUE")
    let (shell, process) = try await stoppedAddition(stage, by: "stop")
    brake.release()
    let words = "csm.gate is locked by process \(process) (csm-enqueue add"
    try await night.logs(words)
    let status = try await stage.enqueue("status")
    #expect(status.stdout.contains(words), "\(status.stdout)")
    #expect(status.stdout.contains("stopped"), "\(status.stdout)")
    kill(process, SIGKILL)
    #expect(try await night.end().status == 0)
    withExtendedLifetime(shell) {}
  }

  /// A disk that is full for the given number of calls that need room, and then no longer.
  @Test("a full disk, at any call during and after its start", arguments: [1, 2, 8, 40, 262, 268])
  func full(_ first: Int) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let faults = [
      "LD_PRELOAD": "\(Stage.programs)/libCFaults.so",
      "FAULTS_ROOTS": ["csmd.lock", "csm.db-wal", "objects", "tmp"]
        .map { "\(stage.state)/\($0)" }.joined(separator: ":"),
      "FAULTS_CALLS": "write,pwrite,mkdir", "FAULTS_DO": "\(ENOSPC)",
      "FAULTS_AT": "\(first)", "FAULTS_UNTIL": "\(first + 1)",
    ]
    let night = try await stage.night(fal.settings.merging(faults) { $1 })
    #expect(night.status == 0, "\(night.stderr)")
    #expect(night.stderr.contains("No space left") || night.stderr.contains("the disk is full"))
    #expect(try await stage.states() == ["STORED": 2])
    try fal.demandOneRequest(a: sentences(2).split(separator: "\n").map(String.init))
  }

  @Test("wait goes on while fal works on a line's former words, whatever holds up the rest")
  func formerAtFal() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--latency", "600s-600s")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("the POST is accepted") {
      try await stage.lines().first?["request_id"] is String
    }
    _ = try await stage.enqueue("pause")
    _ = try await stage.enqueue("edit", "a:L1", "--text", "Other words.")
    #expect(try await stage.enqueue("wait", "--timeout", "200ms").status == 124)
    #expect(try await stage.enqueue("status").status == 3)
    #expect(try await stage.enqueue("cancel", "--former", "--batch", "a").status == 0)
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 3)
    withExtendedLifetime(daemon) {}
  }

  @Test(
    "without csmd, watch and wait say that nothing changes; watch flushes its output to a file")
  func unattended() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let watch = try stage.start("csm-enqueue", ["watch"])
    try await eventually("a line is drawn") { watch.stdout.hasPrefix("0 %  0/1") }
    let wait = try await stage.enqueue("wait", "--timeout", "100ms")
    #expect(wait.status == 124)
    for words in [watch.stderr, wait.stderr] {
      #expect(words.components(separatedBy: "csmd is not running here").count == 2, "\(words)")
    }
    let daemon = try await stage.daemon()
    let attended = try await stage.enqueue("wait", "--timeout", "100ms")
    #expect(attended.stderr == "1 line not ended yet\n")
    withExtendedLifetime(daemon) {}
  }

  @Test("status ignores a pause that keeps no line waiting")
  func pausedAfterwards() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    _ = try await stage.enqueue("pause")
    #expect(try await stage.enqueue("status", "a").status == 3)
    _ = try await stage.enqueue("resume")
    #expect(try await stage.night(fal.settings).status == 0)
    _ = try await stage.enqueue("pause")
    let status = try await stage.enqueue("status", "a")
    #expect(status.status == 0)
    #expect(status.stdout.contains("PAUSED"))
    #expect(try await stage.enqueue("wait").status == 0)
  }

  @Test("a result that cannot be read is reported, and read again later")
  func unreadResult() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "result:503-html#1")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0)
    #expect(night.stderr.contains("result put off job=1"), "\(night.stderr)")
    #expect(night.stderr.contains("fal answered 503"))
    #expect(try await stage.states() == ["STORED": 1])
  }

  @Test("audio that cannot be written is reported, and downloaded again")
  func failedDownload() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let faults = [
      "LD_PRELOAD": "\(Stage.programs)/libCFaults.so", "FAULTS_ROOTS": "\(stage.state)/tmp/1-",
      "FAULTS_CALLS": "write", "FAULTS_DO": "\(EIO)", "FAULTS_AT": "1",
    ]
    let night = try await stage.night(fal.settings.merging(faults) { $1 })
    #expect(night.status == 0)
    #expect(night.stderr.contains("download put off job=1"))
    #expect(night.stderr.contains("Input/output error"))
    #expect(try await stage.states() == ["STORED": 1])
  }
}
