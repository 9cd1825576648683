import Glibc

/// Changes the rate of a sound by a windowed sinc filter, as a bank of one short filter for each place
/// between two samples that an output sample can have.
///
/// What lies above half of the lower rate is taken out first, or it would come back as a false tone; the
/// Kaiser window keeps the rest of it about 90 dB down.
struct Resampler {
  /// Zero crossings of the sinc on each side.
  private static let crossings = 32.0
  /// Where the filter ends to let pass, as a part of half the lower rate.
  private static let passes = 0.94
  /// The Kaiser window's shape: steepness against leakage.
  private static let beta = 9.0
  private static let besselBeta = bessel(beta)

  /// Of so many phases, output sample i has number i × `step` mod `phases`.
  private let phases: Int
  private let step: Int
  /// Input samples that a filter reaches to each side.
  private let reach: Int
  private let cutoff: Double
  private let width: Double

  /// - Parameters:
  ///   - from: the rate of the sound, at least 1.
  ///   - to: the rate that it is to have, at least 1.
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
    // The phases come round in the same order; odd rates have more of them than a short sound meets.
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
    // What does not change passes exactly as it is.
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
  /// The sound at another rate.
  package func resampled(to rate: Int) -> Sound {
    guard rate != self.rate else { return self }
    return Sound(samples: Resampler(from: self.rate, to: rate).resample(samples), rate: rate)
  }
}
