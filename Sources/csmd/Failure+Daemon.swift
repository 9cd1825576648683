import CSMFiles
import CSMWorkplace

extension Failure {
  /// Why the daemon cannot start or go on.
  init(ofDaemon error: any Error) {
    if let error = error as? FileError {
      self.init(
        "\(error); csmd check shows whether csmd has all it needs", error.exitStatus(isInput: false)
      )
    } else {
      self = Failure(error, isDaemon: true) ?? Failure("\(error)", .inputOutput)
    }
  }
}
