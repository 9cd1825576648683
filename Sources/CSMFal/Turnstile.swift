import Synchronization

/// Lets one in at a time; the others wait in the order in which they came.
final class Turnstile: Sendable {
  private struct Line {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let line = Mutex(Line())

  func pass<Value: Sendable>(_ body: () async -> Value) async -> Value {
    await enter()
    defer { leave() }
    return await body()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = line.withLock { line in
        guard line.isTaken else {
          line.isTaken = true
          return true
        }
        line.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  private func leave() {
    let next = line.withLock { line -> CheckedContinuation<Void, Never>? in
      guard line.waiting.isEmpty else { return line.waiting.removeFirst() }
      line.isTaken = false
      return nil
    }
    next?.resume()
  }
}
