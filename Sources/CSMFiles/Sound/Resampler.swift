import Glibc

/// A polyphase resampler with a Kaiser-windowed sinc filter: one short filter for each position of an output
/// sample between two input samples.
///
/// The filter removes frequencies above half of the lower rate, which would alias; the window attenuates what
/// remains of them by about 90 dB.
struct Resampler {
  /// Zero crossings of the sinc on each side.
  private static let crossings = 32.0
  /// The cutoff, as a fraction of half the lower rate.
  private static let passes = 0.94
  /// The shape of the Kaiser window: a trade-off of steepness and leakage.
  private static let beta = 9.0
  private static let besselBeta = bessel(beta)

  /// Output sample i has phase i × `step` mod `phases`.
  private let phases: Int
  private let step: Int
  /// How many input samples a filter covers on each side.
  private let reach: Int
  private let cutoff: Double
  private let width: Double

  /// - Parameters:
  ///   - from: the rate of the input, at least 1.
  ///   - to: the rate of the output, at least 1.
  init(from: Int, to: Int) {
    let divisor = Self.greatestCommonDivisor(from, to)
    phases = to / divisor
    step = from / divisor
    cutoff = 0.5 * min(1, Double(to) / Double(from)) * Self.passes
    width = Self.crossings / (2 * cutoff)
    reach = Int(width.rounded(.up))
  }

  func resample(_ samples: [Float]) -> [Float] {
    let count = (samples.count * phases + step - 1) / step
    // Phases repeat in the same order; with odd rates, a short sound does not need all of them.
    let filters = (0..<min(phases, count)).flatMap(filter)
    let turns = max(1, min(phases, count))
    let length = 2 * reach
    var output = [Float](repeating: 0, count: count)
    samples.withUnsafeBufferPointer { input in
      filters.withUnsafeBufferPointer { filters in
        for index in 0..<count {
          let first = index * step / phases + 1 - reach
          let filter = index % turns * length
          var sum: Float = 0
          for tap in max(0, -first)..<max(max(0, -first), min(length, input.count - first)) {
            sum += input[first + tap] * filters[filter + tap]
          }
          output[index] = sum
        }
      }
    }
    return output
  }

  /// The coefficients for output sample `index`, 2 × `reach` of them.
  private func filter(_ index: Int) -> [Float] {
    let offset = Double(index * step % phases) / Double(phases)
    let taps = (1 - reach...reach).map { tap in
      Self.coefficient(Double(tap) - offset, cutoff: cutoff, width: width)
    }
    // Normalised, so that a constant signal stays exactly as it is.
    let sum = taps.reduce(0, +)
    return taps.map { Float($0 / sum) }
  }

  private static func coefficient(_ distance: Double, cutoff: Double, width: Double) -> Double {
    guard abs(distance) < width else { return 0 }
    let angle = 2 * .pi * cutoff * distance
    let sinc = angle == 0 ? 1 : sin(angle) / angle
    let ratio = distance / width
    return sinc * bessel(beta * (1 - ratio * ratio).squareRoot()) / besselBeta
  }

  /// The modified Bessel function of the first kind and order zero, by its power series.
  private static func bessel(_ x: Double) -> Double {
    var (sum, term, number) = (1.0, 1.0, 1.0)
    repeat {
      term *= (x / (2 * number)) * (x / (2 * number))
      sum += term
      number += 1
    } while term > sum * 1e-12
    return sum
  }

  private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    right == 0 ? left : greatestCommonDivisor(right, left % right)
  }
}

extension Sound {
  package func resampled(to rate: Int) -> Sound {
    guard rate != self.rate else { return self }
    return Sound(samples: Resampler(from: self.rate, to: rate).resample(samples), rate: rate)
  }
}
