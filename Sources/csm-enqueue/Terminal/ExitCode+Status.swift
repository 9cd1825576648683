import ArgumentParser
import CSMWorkplace

extension ExitCode {
  init(_ status: ExitStatus) { self.init(status.rawValue) }
}
