import CSMCore
import CSMDaemon
import CSMFal
import CSMFiles
import Foundation

/// Checks whether fal can be reached, accepts the key and would accept submits, and agrees on time,
/// price and model, using only free requests.
struct FalCheck {
  let settings: Settings
  let state: StateDirectory
  let environment: [String: String]

  /// The folder of the service's key, so that root can check the key by hand.
  private static let serviceKey = "/etc/csm"

  func findings() async -> [Finding] {
    let key: Secret
    do throws(KeyFile.Missing) {
      key = try readKey()
    } catch {
      return [
        Finding("key", .fail, error.description + serviceHint), certificates, clock(nil),
      ]
    }
    let transport = CurlTransport(
      caFile: settings.caFile, proxy: environment["https_proxy"] ?? environment["HTTPS_PROXY"])
    defer { transport.shutdown() }
    let time = FalClock(now: SystemClock().now)
    let fal = FalClient(transport: transport, services: .init(settings), clock: time) { key }
    let outcome = await fal.probe()
    var findings = [judge(outcome), certificates, clock(time.offset)]
    guard case .fine = outcome else { return findings }
    findings.append(account(await fal.balance(), await fal.uploadRefusal()))
    findings.append(judge(await listing(fal)))
    findings += await model(fal)
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

  /// How to check the service's key, which this process cannot read; empty if no service is
  /// installed.
  private var serviceHint: String {
    let (plain, encrypted) = ("\(Self.serviceKey)/fal_key", "\(Self.serviceKey)/fal_key.cred")
    let isPlain = access(plain, F_OK) == 0
    let isEncrypted = access(encrypted, F_OK) == 0
    switch (isPlain || isEncrypted, geteuid() == 0) {
    case (true, false): return "; only root can read the service's key: sudo csmd check"
    case (true, true) where isEncrypted && !isPlain:
      return "; the service's key is encrypted, and only systemd can decrypt it: "
        + "systemd-run --pipe --wait -qp LoadCredentialEncrypted=fal_key:\(encrypted) csmd check"
    case (true, true): return ""
    case (false, _):
      return access(Self.serviceKey, F_OK) == 0 ? "; the service's key belongs in \(plain)" : ""
    }
  }

  private func judge(_ outcome: ProbeOutcome) -> Finding {
    switch outcome {
    case .fine:
      Finding("key", .ok, "fal accepts it (asked \(settings.queueURL), free of charge)")
    case .unauthorized(let problem):
      Finding(
        "key", .fail,
        "fal does not accept it (\(problem.message)): make a new one at fal.ai, Dashboard, Keys, "
          + "and put it where this one is")
    case .locked(let problem):
      Finding(
        "key", .fail,
        "fal locked the account (\(problem.message)): \(LockReason(problem.message).advice)")
    case .unreachable(let problem):
      Finding(
        "key", .fail,
        "fal cannot be reached (\(problem.message)): check the network, https_proxy and "
          + "CSM_QUEUE_URL=\(settings.queueURL)")
    }
  }

  /// Checks whether fal would accept submits: the balance, and the request for an upload URL, which
  /// a locked account is refused even where reads are answered.
  private func account(_ balance: Money?, _ refusal: UploadOutcome?) -> Finding {
    let money = balance.map { "$\($0.dollars) is left" } ?? "the balance is unknown"
    switch refusal {
    case .gated(.balance, let problem)?:
      return Finding(
        "account", .fail,
        "fal locked it (\(problem.message)), and \(money): \(LockReason(problem.message).advice)")
    case .gated(_, let problem)?, .refused(let problem, _)?:
      return Finding(
        "account", .fail,
        "fal accepts the key but refuses what submits need (\(problem.message)); \(money): "
          + "check the key's scope")
    case .later, .uploaded, nil: break
    }
    if let balance, balance <= .zero {
      return Finding(
        "account", .fail, "\(money): \(LockReason.exhaustedBalance.advice)")
    }
    if let floor = settings.limits.balanceFloor, let balance, balance < floor {
      return Finding(
        "account", .warn, "\(money), below CSM_BALANCE_FLOOR_USD=\(floor.dollars): nothing is sent")
    }
    return Finding(
      "account", balance == nil ? .warn : .ok,
      "\(money); only a paid submit can show whether fal accepts submits")
  }

  /// Checks the model and its price.
  private func model(_ fal: FalClient) async -> [Finding] {
    let endpoint = settings.endpoint
    let model = await fal.model(endpoint)
    if !settings.takesScene(endpoint), model.requiresScene != true {
      let objection = await Models(fal: fal, settings: settings).objection(to: endpoint)
      switch objection {
      case .unfit(let problem)?, .later(let problem)?:
        return [Finding("model", .fail, problem.message)]
      case nil: break
      }
    }
    let warnings = model.warnings(endpoint: endpoint, price: settings.rules.price)
    guard warnings.isEmpty else { return warnings.map { Finding("model", .warn, $0) } }
    let price =
      model.unitPrice == nil ? "fal does not give its price" : "its price is as set"
    return [Finding("model", .ok, "\(endpoint); \(price)")]
  }

  /// Reads the listing, in which lost submits are found.
  private func listing(_ fal: FalClient) async -> ListingOutcome {
    await fal.list(
      endpoints: [settings.endpoint], since: SystemClock().now() - .seconds(60),
      isWanted: { _ in false })
  }

  private func judge(_ outcome: ListingOutcome) -> Finding {
    switch outcome {
    case .listed:
      Finding("listing", .ok, "can be read: a submit whose answer is lost will be found")
    case .unavailable(let problem, _):
      Finding(
        "listing", .warn,
        "cannot be read (\(problem.message)): a submit whose answer is lost would be HELD for you "
          + "to decide; check the key's scope and CSM_PLATFORM_URL=\(settings.platformURL)")
    }
  }

  private func clock(_ offset: Duration?) -> Finding {
    let now = SystemClock().now()
    guard let offset else {
      return Finding("clock", .warn, "\(now.rfc3339), not compared: fal did not give its time")
    }
    let account = Account(balance: nil, readAt: now, clockOffset: offset)
    if let complaint = account.clockComplaint { return Finding("clock", .fail, complaint) }
    return Finding("clock", .ok, "\(now.rfc3339), within a minute of fal's")
  }

  private var certificates: Finding {
    if let file = settings.caFile {
      do {
        let text = try SmallFile.text(at: file)
        guard text.contains("-----BEGIN CERTIFICATE-----") else {
          return Finding("CA", .fail, "CSM_CA_FILE=\(file) contains no PEM certificate")
        }
        return Finding("CA", .ok, file)
      } catch {
        return Finding("CA", .fail, "\(error): correct or remove CSM_CA_FILE")
      }
    }
    let library = CurlTransport.library()
    let places = [library?.caFile, library?.caFolder].compactMap(\.self)
    guard let place = places.first(where: { access($0, R_OK) == 0 }) else {
      return Finding(
        "CA", .fail,
        "no certificates to trust: apt-get install ca-certificates, or set CSM_CA_FILE")
    }
    return Finding("CA", .ok, "the system's (\(place))")
  }
}
