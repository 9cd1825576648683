import CSMCore

extension Settings.Name {
  /// What the setting is for.
  package var meaning: String {
    switch self {
    case .stateDirectory:
      """
      The folder with the database, the audio, the lock and the socket. csmd.service can write to \
      /var/lib/csm only; another folder needs ReadWritePaths= in a drop-in.
      """
    case .key:
      """
      The key from fal. Another source of the key wins over this one: first the systemd credential \
      fal_key, then CSM_FAL_KEY_FILE.
      """
    case .keyID: "The first half of the key, if its two halves are stored separately."
    case .keySecret: "The second half of the key, if its two halves are stored separately."
    case .keyFile:
      """
      A file with the key from fal, readable by its owner alone. csmd.service does not need it: \
      systemd hands it /etc/csm/fal_key, which wins over this file. Without either, the key comes from \
      the environment: FAL_KEY, or FAL_KEY_ID and FAL_KEY_SECRET.
      """
    case .queueURL: "The address of fal's queue."
    case .restURL: "The address that the clips of voices are uploaded to."
    case .platformURL: "The address of fal's API for the account, models and requests."
    case .cdnHosts:
      "Hosts that audio may be downloaded from: suffixes, separated by commas, each with a :port if needed."
    case .caFile: "A file with the certificate authorities to trust."
    case .endpoint:
      """
      The model that speaks the lines. Any other model is accepted only if fal's description of it \
      requires a scene as its input.
      """
    case .sceneEndpoints:
      "Models that you know to take a scene, such as private copies, separated by commas."
    case .inFlightMax:
      "How many requests may be unfinished at fal at a time. csmd adapts its own limit, up to this one."
    case .attemptsMax:
      "How many times one take of a line may be submitted and paid for, if it fails for a temporary reason."
    case .unknownGrace:
      "How long csmd looks in fal's list of requests for a submit whose outcome is unknown."
    case .unknownPolicy:
      """
      What happens to a line that is not found in that time: hold leaves it to a person, resubmit \
      sends it again, which may pay twice.
      """
    case .submitTimeout:
      """
      How long one submit may take; after that its outcome is unknown. When csmd stops, it waits for \
      submits that are on their way, so TimeoutStopSec= of csmd.service must be longer.
      """
    case .gateProbe:
      "The longest interval between two checks of a closed gate. The first check comes after 1s."
    case .budget: "US dollars that may be spent in one day (UTC)."
    case .balanceFloor:
      "US dollars to leave in the account at fal: below this balance, nothing is submitted."
    case .hours: "Local times between which submits may start."
    case .price: "US dollars for 1000 characters, for estimates, costs and budgets."
    case .rerolls:
      """
      How many more takes of a line csmd may make by itself, and pay for, while its audio is bad; 0 for \
      none. Read by csm-enqueue add; --rerolls overrides it for one batch.
      """
    case .judgeCommand:
      """
      A command that listens to audio for you, such as a script around a speech recogniser; see \
      csm-enqueue help judge. It runs as csmd does, without the key in its environment.
      """
    case .judgeScope:
      "Which lines the judge hears: all, odd (those that a check has marked), or a share such as 0.05."
    case .confirmation:
      """
      US dollars: on a terminal, csm-enqueue add, reroll and retry ask before they queue anything that \
      costs more.
      """
    case .logLevel:
      "How much csmd logs: error, warning (what went wrong or waits), notice (also what ended), info, debug."
    case .audioBytesMax: "The largest audio file that is downloaded."
    case .metricsFile:
      """
      Where csmd writes metrics for Prometheus, such as \
      /var/lib/prometheus/node-exporter/csm.prom. csmd.service can write to /var/lib/csm, and to \
      that folder if the group csm may; another folder needs ReadWritePaths= in a drop-in.
      """
    }
  }

  /// The effect of leaving the setting unset, in words; nil if `initial` is its default.
  var unset: String? {
    switch self {
    case .stateDirectory:
      "/var/lib/csm if you can use it, else $XDG_STATE_HOME/csm, else ~/.local/state/csm"
    case .caFile: "those of the system"
    case .budget: "no limit"
    case .logLevel:
      "info; notice for csmd run --until-idle on a terminal, which shows the progress"
    case .key, .keyID, .keySecret, .keyFile, .sceneEndpoints, .balanceFloor, .metricsFile,
      .judgeCommand:
      "none"
    case .queueURL, .restURL, .platformURL, .cdnHosts, .endpoint, .inFlightMax, .attemptsMax,
      .unknownGrace, .unknownPolicy, .submitTimeout, .gateProbe, .hours, .price, .rerolls,
      .judgeScope, .confirmation, .audioBytesMax:
      nil
    }
  }

  /// Whether a running csmd applies a new value when it reloads its settings.
  var isReloaded: Bool {
    switch self {
    case .inFlightMax, .attemptsMax, .unknownGrace, .unknownPolicy, .submitTimeout, .gateProbe,
      .budget, .balanceFloor, .hours, .price:
      true
    case .stateDirectory, .key, .keyID, .keySecret, .keyFile, .queueURL, .restURL, .platformURL,
      .cdnHosts, .caFile, .endpoint, .sceneEndpoints, .audioBytesMax, .metricsFile, .rerolls,
      .judgeCommand, .judgeScope, .confirmation, .logLevel:
      false
    }
  }

  /// Whether it holds the key, which does not belong in a file that everyone may read.
  var isKey: Bool { self == .key || self == .keyID || self == .keySecret }
}
