import CSMCore
import CSMDaemon
import CSMFal
import CSMFiles
import Foundation

/// Whether fal can be reached, takes the key, and agrees about the time; two free questions.
struct FalCheck {
  let settings: Settings
  let state: StateDirectory
  let environment: [String: String]

  /// Where systemd's unit takes the key from; whoever checks by hand as root finds it there.
  private static let serviceKey = "/etc/csm"
  /// A clock that is off by more than this breaks the hours, the day's budget, and soon TLS.
  static let skewMax: Duration = .seconds(60)

  func findings() async -> [Finding] {
    let key: Secret
    do throws(KeyFile.Missing) {
      key = try readKey()
    } catch {
      return [
        Finding("key", .fail, error.description + serviceHint), certificates,
        Self.judge(nil, now: SystemClock().now()),
      ]
    }
    let transport = CurlTransport(
      caFile: settings.caFile, proxy: environment["https_proxy"] ?? environment["HTTPS_PROXY"])
    defer { transport.shutdown() }
    let fal = FalClient(transport: transport, services: .init(settings)) { key }
    let (outcome, clock) = await fal.examine()
    var findings = [judge(outcome), certificates, Self.judge(clock, now: SystemClock().now())]
    if case .fine = outcome { findings.append(judge(await listing(fal))) }
    return findings
  }

  private func readKey() throws(KeyFile.Missing) -> Secret {
    do throws(KeyFile.Missing) {
      return try KeyFile(settings: settings, environment: environment).read()
    } catch {
      let service = ["CREDENTIALS_DIRECTORY": Self.serviceKey]
      guard settings.keyFile == nil, settings.key == nil,
        environment["CREDENTIALS_DIRECTORY"] == nil,
        access("\(Self.serviceKey)/fal_key", R_OK) == 0
      else { throw error }
      return try KeyFile(settings: settings, environment: service).read()
    }
  }

  /// Where a service is installed, its key is not this program's to find.
  private var serviceHint: String {
    let (plain, encrypted) = ("\(Self.serviceKey)/fal_key", "\(Self.serviceKey)/fal_key.cred")
    let isPlain = access(plain, F_OK) == 0
    let isEncrypted = access(encrypted, F_OK) == 0
    switch (isPlain || isEncrypted, geteuid() == 0) {
    case (true, false): return "; the service's key is read by root alone: sudo csmd check"
    case (true, true) where isEncrypted && !isPlain:
      return "; the service's is encrypted, and systemd opens it: systemd-run --pipe --wait -qp "
        + "LoadCredentialEncrypted=fal_key:\(encrypted) csmd check"
    case (true, true): return ""
    case (false, _):
      return access(Self.serviceKey, F_OK) == 0 ? "; the service's belongs into \(plain)" : ""
    }
  }

  private func judge(_ outcome: ProbeOutcome) -> Finding {
    switch outcome {
    case .fine:
      Finding("key", .ok, "fal takes it (asked \(settings.queueURL), free of charge)")
    case .unauthorized(let problem):
      Finding(
        "key", .fail,
        "fal does not take it (\(problem.message)): make a new one at fal.ai, Dashboard, Keys, "
          + "and put it where this one is")
    case .locked(let problem):
      Finding(
        "key", .fail, "fal locked the account (\(problem.message)): add credit at fal.ai, Billing")
    case .unreachable(let problem):
      Finding(
        "key", .fail,
        "fal cannot be asked (\(problem.message)): look at the network, at https_proxy and at "
          + "CSM_QUEUE_URL=\(settings.queueURL)")
    }
  }

  /// The listing is how lost submits are found again.
  private func listing(_ fal: FalClient) async -> ListingOutcome {
    await fal.list(
      endpoints: [settings.endpoint], since: SystemClock().now() - .seconds(60), scenes: [])
  }

  private func judge(_ outcome: ListingOutcome) -> Finding {
    switch outcome {
    case .listed:
      Finding("listing", .ok, "can be read: a submit whose answer is lost will be found again")
    case .unavailable(let problem):
      Finding(
        "listing", .warn,
        "cannot be read (\(problem.message)): a submit whose answer is lost would be HELD for you "
          + "to decide; look at the key's scope and at CSM_PLATFORM_URL=\(settings.platformURL)")
    }
  }

  static func judge(_ clock: Timestamp?, now: Timestamp) -> Finding {
    guard let clock else {
      return Finding("clock", .warn, "\(now.rfc3339), not compared: fal did not tell its time")
    }
    let skew = now.since(clock)
    let seconds = abs(skew.milliseconds) / 1000
    guard .zero - skewMax <= skew, skew <= skewMax else {
      return Finding(
        "clock", .fail,
        "\(seconds) s \(skew < .zero ? "behind" : "ahead of") fal's: set it, for instance by "
          + "timedatectl set-ntp true")
    }
    return Finding("clock", .ok, "\(now.rfc3339), within a minute of fal's")
  }

  private var certificates: Finding {
    if let file = settings.caFile {
      do {
        let text = try SmallFile.text(at: file)
        guard text.contains("-----BEGIN CERTIFICATE-----") else {
          return Finding("CA", .fail, "CSM_CA_FILE=\(file) holds no certificate in PEM form")
        }
        return Finding("CA", .ok, file)
      } catch {
        return Finding("CA", .fail, "\(error): mend or remove CSM_CA_FILE")
      }
    }
    let library = CurlTransport.library()
    let places = [library?.caFile, library?.caFolder].compactMap(\.self)
    guard let place = places.first(where: { access($0, R_OK) == 0 }) else {
      return Finding(
        "CA", .fail, "no certificates to trust: apt-get install ca-certificates, or CSM_CA_FILE")
    }
    return Finding("CA", .ok, "the system's (\(place))")
  }
}
