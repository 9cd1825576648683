import ArgumentParser

/// All campaigns, one after the other.
struct All: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "All of them, one after the other; --short is what CI runs.")

  @OptionGroup var setting: Setting

  func run() async throws {
    var isBroken = false
    for campaign in try Self.each {
      var campaign = campaign
      campaign.setting = setting
      do {
        try await campaign.run()
      } catch is ExitCode {
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
