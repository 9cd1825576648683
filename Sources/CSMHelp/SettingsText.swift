import CSMCore

/// The settings as text for people, generated from the code that parses them.
package enum SettingsText {
  /// The text of `csm.conf`: each setting except the key, with its default.
  package static var file: String {
    let rule = "# " + String(repeating: "-", count: 98)
    let names = Settings.Name.allCases.filter { !$0.isKey }
    let groups = [names.filter { !$0.isReloaded }, names.filter(\.isReloaded)]
    let parts = groups.map { $0.map(entry).joined(separator: "\n\n") }
    return (heading + [parts[0], rule, parts[1]]).joined(separator: "\n\n") + "\n"
  }

  private static let heading = [
    """
    # Settings of csmd and csm-enqueue; see csm.conf(5). Each is shown with its default: remove the #
    # to change it. An environment variable of the same name wins over this file.
    # Durations: 500ms, 30s, 30m, 2h. Sizes: 64MB. One KEY=VALUE per line; comments on their own lines.
    # After a change, restart csmd; for the settings below the dashes, "systemctl reload csmd" is enough.
    #
    # Everyone may read this file, so the key is not here: see CSM_FAL_KEY_FILE.
    """
  ]

  private static func entry(_ name: Settings.Name) -> String {
    var text = name.meaning
    if let unset = name.unset { text += " Default: \(unset)." }
    let lines = Document.wrapped(text, to: 98).map { "# " + $0 }
    let value = name.initial ?? ""
    return (lines + ["#\(name.rawValue)=\(value)"]).joined(separator: "\n")
  }

  /// The settings as a Markdown list.
  static func list(isReloaded: Bool) -> String {
    Settings.Name.allCases.filter { $0.isReloaded == isReloaded }.map { name in
      let value = name.initial.map { "`\($0)`" } ?? name.unset ?? "none"
      return """
        - `\(name.rawValue)`: \(name.meaning)
          Default: \(value). Expected: \(Settings.expected(of: name)).
        """
    }
    .joined(separator: "\n")
  }
}

extension Settings {
  /// What a value must be, in the words of the parser's error message.
  package static func expected(of name: Name) -> String {
    do {
      _ = try Self([name.rawValue: "\u{0}"])
      return ""
    } catch {
      return error.all.first?.expected ?? ""
    }
  }
}

extension Settings.Name {
  /// The default as it would be written in a file; nil if there is none.
  package var initial: String? {
    let settings = Settings()
    return switch self {
    case .stateDirectory: settings.stateDirectory
    case .key: settings.key
    case .keyID: settings.keyID
    case .keySecret: settings.keySecret
    case .keyFile: settings.keyFile
    case .queueURL: settings.queueURL
    case .restURL: settings.restURL
    case .platformURL: settings.platformURL
    case .cdnHosts: settings.cdnHosts.joined(separator: ",")
    case .caFile: settings.caFile
    case .endpoint: settings.endpoint
    case .sceneEndpoints:
      settings.sceneEndpoints.isEmpty ? nil : settings.sceneEndpoints.joined(separator: ",")
    case .inFlightMax: "\(settings.limits.inFlightMax)"
    case .attemptsMax: "\(settings.rules.attemptsMax)"
    case .unknownGrace: settings.rules.unknownGrace.setting
    case .unknownPolicy: settings.rules.resubmitsUnknown ? "resubmit" : "hold"
    case .submitTimeout: settings.limits.submitTimeout.setting
    case .gateProbe: settings.limits.gateProbe.setting
    case .budget: settings.limits.budget?.dollars
    case .balanceFloor: settings.limits.balanceFloor?.dollars
    case .hours: settings.limits.hours == nil ? "always" : nil
    case .price: settings.rules.price.perThousand.dollars
    case .rerolls: "\(settings.rerolls)"
    case .judgeCommand: settings.judgeCommand
    case .judgeScope: "\(settings.judgeScope)"
    case .logLevel: settings.logLevel?.rawValue
    case .confirmation: settings.confirmation.dollars
    case .audioBytesMax: "\(settings.audioBytesMax / 1_000_000)MB"
    case .metricsFile: settings.metricsFile
    }
  }
}

extension Duration {
  /// The duration as a setting, such as `30m`, in the largest unit that divides it.
  fileprivate var setting: String {
    let units: [(String, Int64)] = [("h", 3_600_000), ("m", 60_000), ("s", 1000)]
    for (unit, length) in units where milliseconds.isMultiple(of: length) {
      return "\(milliseconds / length)\(unit)"
    }
    return "\(milliseconds)ms"
  }
}
