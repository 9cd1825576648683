import Glibc

/// A mutex with the face of `Synchronization.Mutex`, made of one that the thread sanitizer knows.
///
/// The library's own calls the kernel from code that is not instrumented, so the sanitizer takes whatever
/// it guards for a race. `run.sh` puts this file into each target of a copy, where it has precedence.
final class Mutex<Value: ~Copyable>: @unchecked Sendable {
  private var value: Value
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(_ value: consuming sending Value) {
    self.value = value
    pthread_mutex_init(lock, nil)
  }

  deinit {
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body(&value)
  }
}
