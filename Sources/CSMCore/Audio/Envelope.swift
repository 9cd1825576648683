/// A recording as a sequence of 20 ms windows with a few sums each, which is all the checks see.
///
/// A minute has 3,000 windows. Beyond `windowsMax`, neighbours are merged in pairs, repeatedly if
/// needed, which bounds memory and the final analysis.
package struct Envelope: Sendable {
  static let windowsPerSecond = 50
  /// Two and three quarter minutes at 20 ms; CSM speaks for at most 90 s.
  static let windowsMax = 8192

  /// Sums over the samples of a window; full scale is 1.
  struct Window: Sendable {
    var count = 0
    var sum = 0.0
    var squares = 0.0
    /// The squares of the differences from sample to sample: relative to `squares`, they separate
    /// dull sounds from bright ones, as zero crossings do, but are immune to offsets and almost
    /// immune to noise.
    var steps = 0.0
    var highest: Float = -.infinity
    var lowest: Float = .infinity
    /// The number of samples near `highest` and near `lowest`.
    var nearHighest = 0
    var nearLowest = 0
  }

  private(set) var windows: [Window] = []
  /// The length of each window.
  private(set) var milliseconds: Double
  /// The last 10 ms.
  var ending: Window?
  /// How many appended windows make one stored window.
  private var grain = 1
  private var pending = Window()
  private var pendingCount = 0

  init(milliseconds: Double) { self.milliseconds = milliseconds }

  mutating func append(_ window: Window) {
    guard grain > 1 else { return keep(window) }
    pending.add(window)
    pendingCount += 1
    guard pendingCount == grain else { return }
    let whole = pending
    // Before `keep`, which may put a window there.
    pending = Window()
    pendingCount = 0
    keep(whole)
  }

  private mutating func keep(_ window: Window) {
    windows.append(window)
    guard windows.count > Self.windowsMax else { return }
    var halved: [Window] = []
    halved.reserveCapacity(windows.count)
    for index in stride(from: 0, to: windows.count - 1, by: 2) {
      var both = windows[index]
      both.add(windows[index + 1])
      halved.append(both)
    }
    // An odd window at the end starts the next pair.
    pending = windows.count % 2 == 1 ? windows[windows.count - 1] : Window()
    pendingCount = windows.count % 2 == 1 ? grain : 0
    windows = halved
    grain *= 2
    milliseconds *= 2
  }
}

extension Envelope.Window {
  /// A sample of at least this share of the peak counts as near it.
  static let near: Float = 0.985

  init(_ samples: UnsafeBufferPointer<Float>) {
    var sum = 0.0
    var squares = 0.0
    var steps = 0.0
    var highest = -Float.infinity
    var lowest = Float.infinity
    var before = samples.first ?? 0
    for sample in samples {
      let wide = Double(sample)
      sum += wide
      squares += wide * wide
      let step = Double(sample - before)
      steps += step * step
      before = sample
      highest = sample > highest ? sample : highest
      lowest = sample < lowest ? sample : lowest
    }
    count = samples.count
    (self.sum, self.squares, self.steps) = (sum, squares, steps)
    (self.highest, self.lowest) = (highest, lowest)
    var nearHighest: Int32 = 0
    var nearLowest: Int32 = 0
    let (high, low) = (highest * Self.near, lowest * Self.near)
    for sample in samples {
      nearHighest &+= sample >= high ? 1 : 0
      nearLowest &+= sample <= low ? 1 : 0
    }
    self.nearHighest = Int(nearHighest)
    self.nearLowest = Int(nearLowest)
  }

  /// Merges the following window into this one.
  mutating func add(_ other: Self) {
    count += other.count
    sum += other.sum
    squares += other.squares
    steps += other.steps
    // Only samples near the larger of the two peaks still count.
    if other.highest >= highest {
      nearHighest = other.nearHighest + (highest >= other.highest * Self.near ? nearHighest : 0)
    } else if other.highest >= highest * Self.near {
      nearHighest += other.nearHighest
    }
    if other.lowest <= lowest {
      nearLowest = other.nearLowest + (lowest <= other.lowest * Self.near ? nearLowest : 0)
    } else if other.lowest <= lowest * Self.near {
      nearLowest += other.nearLowest
    }
    highest = max(highest, other.highest)
    lowest = min(lowest, other.lowest)
  }

  /// The mean energy of a sample after `mean` is subtracted.
  func energy(without mean: Double) -> Double {
    guard count > 0 else { return 0 }
    return max(0, (squares - 2 * mean * sum) / Double(count) + mean * mean)
  }
}
