import CSMCore
import CSMFal

/// Checks which models may be sent a `scene`.
///
/// Other models may ignore it, speak a default text, and bill that for every line. So before the
/// first submit to an unknown model, fal is asked once whether it requires one.
package actor Models {
  private let fal: FalClient
  private let settings: Settings
  private var fit: Set<String> = []

  package init(fal: FalClient, settings: Settings) {
    self.fal = fal
    self.settings = settings
  }

  /// Why nothing may be sent to a model.
  package enum Objection: Sendable {
    /// fal does not say, at least for now.
    case later(Problem)
    case unfit(Problem)
  }

  /// Nil if the model takes a `scene`.
  package func objection(to endpoint: String) async -> Objection? {
    if settings.takesScene(endpoint) || fit.contains(endpoint) { return nil }
    switch await fal.model(endpoint).requiresScene {
    case true?:
      fit.insert(endpoint)
      return nil
    case false?:
      return .unfit(
        Problem(
          "unfit_model",
          "fal says that \(endpoint) requires no `scene`, so it may speak something else and bill it: set "
            + "CSM_ENDPOINT to fal-ai/csm-1b, or name a copy of it in CSM_SCENE_ENDPOINTS"))
    case nil:
      return .later(
        Problem(
          "unknown_model",
          "fal does not say whether \(endpoint) takes a `scene`; name it in CSM_SCENE_ENDPOINTS if it "
            + "does"))
    }
  }
}
