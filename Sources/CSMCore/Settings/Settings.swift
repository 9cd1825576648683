/// The settings of all programs, with their defaults.
///
/// The environment overrides `/etc/csm/csm.conf`, which overrides the default. The programs merge
/// these before `init(_:file:)`, which reports all invalid values at once.
package struct Settings: Sendable {
  /// The folder of database, store and locks; nil for the default one.
  package var stateDirectory: String?
  /// fal's queue, REST and platform APIs: `https`, or `http` to a loopback address.
  package var queueURL = "https://queue.fal.run"
  package var restURL = "https://rest.fal.ai"
  package var platformURL = "https://api.fal.ai"
  /// Suffixes of the hosts that audio may come from, each with a port unless it is the default.
  package var cdnHosts = ["fal.media"]
  /// A file of CA certificates in PEM form; nil for the system's.
  package var caFile: String?
  /// The model of new jobs.
  package var endpoint = Self.model
  /// Other models known to take a `scene`, such as private copies of the model.
  package var sceneEndpoints: [String] = []
  package var audioBytesMax = 100_000_000
  /// The file csmd writes its metrics to; nil for none.
  package var metricsFile: String?
  /// The log level of csmd; nil for one that depends on where it runs.
  package var logLevel: LogLevel?
  /// The cost above which adding lines asks for confirmation.
  package var confirmation = Money(microDollars: 20_000_000)
  /// The most takes csmd may add to a line with bad audio.
  package var rerolls = 1
  /// The user's own judge of audio, a shell command; nil for none.
  package var judgeCommand: String?
  package var judgeScope = JudgeScope.all
  package var rules = Rules(price: Price(perThousand: Money(microDollars: 30_000)))
  package var limits = Dispatcher.Limits()

  /// The file of the key if there is no systemd credential; nil for the environment.
  package var keyFile: String?
  package var key: String?
  package var keyID: String?
  package var keySecret: String?

  /// A setting whose value cannot be used.
  package struct InvalidValue: Error, Sendable, Equatable, CustomStringConvertible {
    package let name: String
    package let value: String
    package let expected: String

    /// Replaces a value that is or may be a secret.
    static let hidden = "(not shown)"

    package var description: String { "\(name)=\(value): expected \(expected)" }
  }

  package struct InvalidValues: Error, Sendable {
    package let all: [InvalidValue]
  }

  /// The names in the environment and in `csm.conf`.
  package enum Name: String, CaseIterable, Sendable {
    case stateDirectory = "CSM_STATE_DIR"
    case key = "FAL_KEY"
    case keyID = "FAL_KEY_ID"
    case keySecret = "FAL_KEY_SECRET"
    case keyFile = "CSM_FAL_KEY_FILE"
    case queueURL = "CSM_QUEUE_URL"
    case restURL = "CSM_REST_URL"
    case platformURL = "CSM_PLATFORM_URL"
    case cdnHosts = "CSM_CDN_HOSTS"
    case caFile = "CSM_CA_FILE"
    case endpoint = "CSM_ENDPOINT"
    case sceneEndpoints = "CSM_SCENE_ENDPOINTS"
    case inFlightMax = "CSM_MAX_IN_FLIGHT"
    case attemptsMax = "CSM_MAX_ATTEMPTS"
    case unknownGrace = "CSM_UNKNOWN_GRACE"
    case unknownPolicy = "CSM_UNKNOWN_POLICY"
    case submitTimeout = "CSM_SUBMIT_TIMEOUT"
    case gateProbe = "CSM_GATE_PROBE"
    case budget = "CSM_BUDGET_USD"
    case balanceFloor = "CSM_BALANCE_FLOOR_USD"
    case hours = "CSM_ACTIVE_HOURS"
    case price = "CSM_PRICE_USD_PER_1000_CHARS"
    case rerolls = "CSM_REROLLS"
    case judgeCommand = "CSM_JUDGE_CMD"
    case judgeScope = "CSM_JUDGE"
    case audioBytesMax = "CSM_MAX_AUDIO_BYTES"
    case metricsFile = "CSM_METRICS_FILE"
    case confirmation = "CSM_CONFIRM_USD"
    case logLevel = "CSM_LOG"

    /// Whether the value must never be shown, because it is or may be the key.
    var isSecret: Bool { [.key, .keyID, .keySecret, .keyFile].contains(self) }
  }

  private static let model = "fal-ai/csm-1b"

  package init() {
    limits.balanceGap = .seconds(300)
  }

  /// Whether the model is known to take a `scene`; for any other, fal must be asked.
  package func takesScene(_ endpoint: String) -> Bool {
    endpoint == Self.model || sceneEndpoints.contains(endpoint)
  }
}
