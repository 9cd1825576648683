/// A sound as a row of windows of 20 ms, each with a few sums: all that the checks know of it.
///
/// A minute has 3,000 windows. What is longer than `windowsMax` of them is kept at half the grain, as
/// often as needed, so that memory and the work at the end are bounded.
package struct Envelope: Sendable {
  static let windowsPerSecond = 50
  /// Two and three quarter minutes at 20 ms: CSM speaks for 90 s at most.
  static let windowsMax = 8192

  /// Sums over the samples of a window; full scale is 1.
  struct Window: Sendable {
    var count = 0
    var sum = 0.0
    var squares = 0.0
    /// The squares of the differences from sample to sample: next to `squares` they tell dull sounds from
    /// bright ones, as zero crossings do, but no offset and hardly any noise moves them.
    var steps = 0.0
    var highest: Float = -.infinity
    var lowest: Float = .infinity
    /// Samples that stand near `highest` and `lowest`.
    var nearHighest = 0
    var nearLowest = 0
  }

  private(set) var windows: [Window] = []
  /// The length of a window.
  private(set) var milliseconds: Double
  /// The last 10 ms.
  var ending: Window?
  /// How many windows as they come make one as they are kept.
  private var grain = 1
  private var pending = Window()
  private var pendingCount = 0

  init(milliseconds: Double) { self.milliseconds = milliseconds }

  mutating func append(_ window: Window) {
    guard grain > 1 else { return keep(window) }
    pending.add(window)
    pendingCount += 1
    guard pendingCount == grain else { return }
    keep(pending)
    pending = Window()
    pendingCount = 0
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
    // The odd one at the end begins the next.
    pending = windows.count % 2 == 1 ? windows[windows.count - 1] : Window()
    pendingCount = windows.count % 2 == 1 ? grain : 0
    windows = halved
    grain *= 2
    milliseconds *= 2
  }
}

extension Envelope.Window {
  /// A sample at this share of the highest one stands near it.
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

  /// Takes in the window behind it.
  mutating func add(_ other: Self) {
    count += other.count
    sum += other.sum
    squares += other.squares
    steps += other.steps
    // What is not near the higher of the two does not count.
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

  /// The energy of a sample once `mean` is taken away.
  func energy(without mean: Double) -> Double {
    guard count > 0 else { return 0 }
    return max(0, (squares - 2 * mean * sum) / Double(count) + mean * mean)
  }
}
