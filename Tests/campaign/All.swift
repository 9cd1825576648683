import ArgumentParser

/// Runs all campaigns in turn.
struct All: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs all campaigns in turn; CI runs --short.")

  @OptionGroup var setting: Setting

  func run() async throws {
    var isBroken = false
    for campaign in try Self.each {
      var campaign = campaign
      campaign.setting = setting
      do {
        try await campaign.run()
      } catch let code as ExitCode where code == ExitCode(1) {
        // Any other code is an interruption, which ends all campaigns.
        isBroken = true
      }
    }
    if isBroken { throw ExitCode(1) }
  }

  private static var each: [any Campaign] {
    get throws {
      let kinds: [any Campaign.Type] = [
        CallOrder.self, Kills.self, Errors.self, RandomKills.self, FullDisk.self, Writers.self,
        PowerCuts.self, Guards.self,
      ]
      return try kinds.map { try $0.parse([]) }
    }
  }
}
