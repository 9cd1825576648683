import Testing

@testable import CSMCore

@Suite("Settings")
struct SettingsTests {
  private func mistakes(_ values: [String: String], file: [String: String] = [:])
    -> [Settings.InvalidValue]
  {
    do throws(Settings.InvalidValues) {
      _ = try Settings(values, file: file)
      return []
    } catch {
      return error.all
    }
  }

  @Test("have the documented defaults")
  func defaults() throws {
    let settings = try Settings(["FAL_KEY": "", "PATH": "/bin"])
    #expect(settings.queueURL == "https://queue.fal.run")
    #expect(settings.restURL == "https://rest.fal.ai")
    #expect(settings.platformURL == "https://api.fal.ai")
    #expect(settings.cdnHosts == ["fal.media"])
    #expect(settings.endpoint == "fal-ai/csm-1b")
    #expect(settings.limits.inFlightMax == 64)
    #expect(settings.rules.attemptsMax == 3)
    #expect(settings.rules.unknownGrace == .seconds(1800))
    #expect(!settings.rules.resubmitsUnknown)
    #expect(settings.limits.submitTimeout == .seconds(60))
    #expect(settings.limits.gateProbe == .seconds(300))
    #expect(settings.limits.budget == nil && settings.limits.hours == nil)
    #expect(settings.rules.price.perThousand == Money(dollars: "0.03"))
    #expect(settings.audioBytesMax == 100_000_000)
    #expect(settings.stateDirectory == nil && settings.caFile == nil && settings.key == nil)
  }

  @Test("accept every name")
  func all() throws {
    let settings = try Settings([
      "CSM_STATE_DIR": "/s", "FAL_KEY": "k:s", "FAL_KEY_ID": "k", "FAL_KEY_SECRET": "s",
      "CSM_FAL_KEY_FILE": "/k", "CSM_QUEUE_URL": "http://127.0.0.1:1/",
      "CSM_REST_URL": "http://[::1]:2", "CSM_PLATFORM_URL": "https://x.org",
      "CSM_CDN_HOSTS": "Fal.media, 127.0.0.1:9", "CSM_CA_FILE": "/ca", "CSM_ENDPOINT": "a/b/c",
      "CSM_MAX_IN_FLIGHT": "9", "CSM_MAX_ATTEMPTS": "8", "CSM_UNKNOWN_GRACE": "2h",
      "CSM_UNKNOWN_POLICY": "resubmit", "CSM_SUBMIT_TIMEOUT": "7s", "CSM_GATE_PROBE": "500ms",
      "CSM_BUDGET_USD": "12.50", "CSM_ACTIVE_HOURS": "22:00-06:00",
      "CSM_PRICE_USD_PER_1000_CHARS": "0.05", "CSM_MAX_AUDIO_BYTES": "64MB",
    ])
    #expect(settings.stateDirectory == "/s" && settings.keyFile == "/k" && settings.caFile == "/ca")
    #expect(settings.key == "k:s" && settings.keyID == "k" && settings.keySecret == "s")
    #expect(settings.queueURL == "http://127.0.0.1:1" && settings.restURL == "http://[::1]:2")
    #expect(settings.platformURL == "https://x.org" && settings.endpoint == "a/b/c")
    #expect(settings.cdnHosts == ["fal.media", "127.0.0.1:9"])
    #expect(settings.limits.inFlightMax == 9 && settings.rules.attemptsMax == 8)
    #expect(settings.rules.unknownGrace == .seconds(7200) && settings.rules.resubmitsUnknown)
    #expect(settings.limits.submitTimeout == .seconds(7))
    #expect(settings.limits.gateProbe == .milliseconds(500))
    #expect(settings.limits.budget?.microDollars == 12_500_000)
    #expect(settings.limits.hours == Hours("22:00-06:00"))
    #expect(settings.rules.price.perThousand.microDollars == 50_000)
    #expect(settings.audioBytesMax == 64_000_000)
    #expect(try Settings(["CSM_ACTIVE_HOURS": "always"]).limits.hours == nil)
  }

  @Test(
    "take no price that nobody asks",
    arguments: [("0", true), ("1000", true), ("1000.000001", false), ("4294967295", false)])
  func price(_ text: String, _ isGood: Bool) {
    let told = mistakes(["CSM_PRICE_USD_PER_1000_CHARS": text])
    #expect(told.isEmpty == isGood)
    #expect(told.allSatisfy { $0.expected == "dollars from 0 to 1000, such as 0.03" })
  }

  @Test(
    "say how to judge nothing", arguments: ["0", "0%", "5%", "-1", "1.5", "none", "nan"])
  func noJudge(_ text: String) {
    let told = mistakes(["CSM_JUDGE": text])
    #expect(told.first?.expected.hasSuffix("without CSM_JUDGE_CMD, nothing is judged") == true)
  }

  @Test(
    "look for a lost submit for a second at least: fal's list may not show it at once",
    arguments: [("0s", false), ("30ms", false), ("999ms", false), ("1s", true)])
  func grace(_ text: String, _ isGood: Bool) {
    let told = mistakes(["CSM_UNKNOWN_GRACE": text])
    #expect(told.isEmpty == isGood)
    #expect(told.allSatisfy { $0.expected == "a duration of at least 1s, such as 30m" })
  }

  @Test("report all invalid values at once, with name, value and what was expected")
  func allAtOnce() {
    let wrong = [
      "CSM_STATE_DIR": "relative", "CSM_QUEUE_URL": "ftp://x", "CSM_ENDPOINT": "../x",
      "CSM_MAX_IN_FLIGHT": "0", "CSM_UNKNOWN_POLICY": "maybe", "CSM_SUBMIT_TIMEOUT": "999ms",
      "CSM_BUDGET_USD": "-0.5", "CSM_ACTIVE_HOURS": "night", "CSM_MAX_AUDIO_BYTES": "5GB",
    ]
    let told = mistakes(wrong)
    #expect(Dictionary(uniqueKeysWithValues: told.map { ($0.name, $0.value) }) == wrong)
    #expect(told.allSatisfy { !$0.expected.isEmpty })
    let policy = told.first { $0.name == "CSM_UNKNOWN_POLICY" }
    #expect(policy?.description == "CSM_UNKNOWN_POLICY=maybe: expected hold or resubmit")
  }

  @Test("reject unknown names only in the file, since the environment is shared")
  func environment() {
    #expect(mistakes(["CSM_OF_SOMEBODY_ELSE": "1"]).isEmpty)
  }

  @Test("suggest the nearest name for an unknown one")
  func nearest() {
    let file = ["CSM_MAX_ATTEMPT": "3", "CSM_XYZZY_PLUGH_FROBOZZ": "1", "OTHER": "1"]
    let told = mistakes(file, file: file)
    #expect(told.map(\.name) == ["CSM_MAX_ATTEMPT", "CSM_XYZZY_PLUGH_FROBOZZ"])
    #expect(told.first?.expected == "a name that exists, such as CSM_MAX_ATTEMPTS")
    #expect(told.last?.expected == "a name that exists")
  }

  @Test(
    "never show what is or may be the key",
    arguments: ["FAL_KEY", "FAL_KEY_SECRET", "CSM_FAL_KEY_FILE", "CSM_FAL_KEY", "CSM_KEY"])
  func secrets(_ name: String) {
    let told = mistakes([name: "secret:secret\n"], file: [name: "secret:secret\n"])
    #expect(told.map(\.name) == [name])
    #expect(!told.map(\.description).joined().contains("secret:"))
  }

  static let durations: [(String, Int64?)] = [
    ("500ms", 500), ("30s", 30_000), ("30m", 1_800_000), ("2h", 7_200_000), ("1d", 86_400_000),
    ("0s", 0), ("3650d", 315_360_000_000), ("3651d", nil), ("", nil), ("5", nil), ("s", nil),
    ("1.5h", nil), ("-1s", nil), ("-0s", nil), ("+1s", nil), ("1 s", nil), ("1S", nil),
    ("4294967296ms", nil), ("1w", nil), ("٣s", nil),
  ]

  @Test("parse durations", arguments: durations)
  func readsDurations(_ text: String, _ milliseconds: Int64?) {
    #expect(Duration(setting: text)?.milliseconds == milliseconds)
  }

  static let sizes: [(String, Int?)] = [
    ("64MB", 64_000_000), ("100 MB", 100_000_000), ("1kB", 1000), ("512KiB", 524_288),
    ("1GiB", 1 << 30), ("4GB", 4_000_000_000), ("2000", 2000), ("2000B", 2000), ("999", nil),
    ("5GB", nil), ("9223372036854775807GB", nil), ("MB", nil), ("-64MB", nil), ("1.5MB", nil),
    ("64TB", nil),
  ]

  @Test("parse sizes", arguments: sizes)
  func readsSizes(_ text: String, _ bytes: Int?) {
    #expect((try? Settings(["CSM_MAX_AUDIO_BYTES": text]))?.audioBytesMax == bytes)
  }

  static let urls: [(String, Bool)] = [
    ("https://queue.fal.run", true), ("https://queue.fal.run:8443/", true),
    ("http://localhost:8080", true), ("http://127.0.0.1", true), ("http://127.9.9.9:1", true),
    ("http://[::1]:80", true), ("http://queue.fal.run", false), ("http://10.0.0.1", false),
    ("http://localhost.evil.org", false), ("http://127.0.0.1.evil.org", false),
    ("http://127.0.0.1@evil.org", false), ("https://user:word@queue.fal.run", false),
    ("http://127.-0.0.1", false), ("http://127.0.0.256", false), ("https://a/b", false),
    ("https://a?b", false), ("https://a#b", false), ("https://", false), ("https://a:0", false),
    ("https://a:65536", false), ("https://a:+1", false), ("https://a:", false),
    ("https://a b", false), ("https://a\r\nb", false), ("https://a\\b", false),
    ("queue.fal.run", false), ("file:///etc", false), ("https://.a", false),
    ("https://b\u{FC}cher.de", false),
  ]

  @Test("allow the key only over https or to this machine", arguments: urls)
  func keepsTheKey(_ text: String, _ isGood: Bool) {
    for name in ["CSM_QUEUE_URL", "CSM_REST_URL", "CSM_PLATFORM_URL"] {
      #expect(mistakes([name: text]).isEmpty == isGood, "\(name)")
    }
  }

  @Test(
    "take no hosts for audio but names and addresses",
    arguments: ["", ",", "a,,b", "a,", "https://a", "a/b", "*.a", ".a", "a b"])
  func hosts(_ text: String) {
    #expect(mistakes(["CSM_CDN_HOSTS": text]).isEmpty == text.isEmpty)
  }

  @Test(
    "take no endpoint that leaves the path",
    arguments: ["a", "/a/b", "a/b/", "a//b", "a/../b", "a/./b", "a/b?c", "a/b c", "a/b/c/d/e/f/g"])
  func endpoints(_ text: String) {
    #expect(mistakes(["CSM_ENDPOINT": text]).count == 1)
  }

  @Test("bound numbers", arguments: ["0", "-1", "101", "3.0", " 3", "", "99999999999999999999"])
  func numbers(_ text: String) {
    #expect(mistakes(["CSM_MAX_ATTEMPTS": text]).isEmpty == text.isEmpty)
  }
}
