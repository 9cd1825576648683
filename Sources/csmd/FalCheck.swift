import CSMCore
import CSMDaemon
import CSMFal
import CSMFiles
import Foundation

/// Whether fal can be reached, takes the key, would take submits, and agrees about time, price and model;
/// free questions only.
struct FalCheck {
  let settings: Settings
  let state: StateDirectory
  let environment: [String: String]

  /// Where systemd's unit takes the key from; whoever checks by hand as root finds it there.
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
        "key", .fail,
        "fal locked the account (\(problem.message)): \(LockReason(problem.message).advice)")
    case .unreachable(let problem):
      Finding(
        "key", .fail,
        "fal cannot be asked (\(problem.message)): look at the network, at https_proxy and at "
          + "CSM_QUEUE_URL=\(settings.queueURL)")
    }
  }

  /// Whether fal would take submits: the balance, and a place for a clip, which a lock refuses although reads
  /// are answered.
  private func account(_ balance: Money?, _ refusal: UploadOutcome?) -> Finding {
    let money = balance.map { "$\($0.dollars) is left" } ?? "the balance is not known"
    switch refusal {
    case .shut(.balance, let problem)?:
      return Finding(
        "account", .fail,
        "fal locked it (\(problem.message)), and \(money): \(LockReason(problem.message).advice)")
    case .shut(_, let problem)?, .refused(let problem)?:
      return Finding(
        "account", .fail,
        "fal takes the key and refuses what it needs for submits (\(problem.message)); \(money): "
          + "look at the key's scope")
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
      "\(money); whether fal takes a submit can be known only by paying for one")
  }

  /// What fal says of the model and its price.
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
      model.unitPrice == nil ? "fal does not tell its price" : "fal's price is the one that is set"
    return [Finding("model", .ok, "\(endpoint); \(price)")]
  }

  /// The listing is how lost submits are found again.
  private func listing(_ fal: FalClient) async -> ListingOutcome {
    await fal.list(
      endpoints: [settings.endpoint], since: SystemClock().now() - .seconds(60),
      isWanted: { _ in false })
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

  private func clock(_ offset: Duration?) -> Finding {
    let now = SystemClock().now()
    guard let offset else {
      return Finding("clock", .warn, "\(now.rfc3339), not compared: fal did not tell its time")
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
          return Finding("CA", .fail, "CSM_CA_FILE=\(file) holds no certificate in PEM form")
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
        "CA", .fail, "no certificates to trust: apt-get install ca-certificates, or CSM_CA_FILE")
    }
    return Finding("CA", .ok, "the system's (\(place))")
  }
}
