import CSMCore
import CSMFiles
import CSMSQLite

extension LineExport {
  /// Lines on their way in crowds: one crowd is synced to disk while the next is read and copied.
  struct Pipeline {
    let export: LineExport
    let plan: NamePlan
    let files: LineFiles
    /// How many lines make up a crowd.
    private let size: Int
    /// Lines that have ended.
    private(set) var ended = 0
    /// Lines of the next crowd.
    private var waiting: [ExportedOutcome] = []
    private var underway: Crowd?
    /// Whether a line that has not ended holds back those after it.
    private var isHeldBack = false

    init(export: LineExport, plan: NamePlan, files: LineFiles) {
      self.export = export
      self.plan = plan
      self.files = files
      size = export.naming.treatment.isNone ? LineFiles.crowd : Maker.crowd
    }

    /// Adds a line; returns lines that have ended meanwhile, in order.
    mutating func push(_ line: ExportedOutcome) throws -> [ExportedOutcome] {
      waiting.append(line)
      return waiting.count == size ? try advance() : []
    }

    /// Begins the next crowd, and returns the lines of the one before it once they have ended.
    mutating func advance() throws -> [ExportedOutcome] {
      let before = underway
      underway = try export.begin(waiting, plan, files, &isHeldBack)
      waiting = []
      return try end(before)
    }

    /// Returns the lines of the last crowd once they have ended.
    mutating func finish() throws -> [ExportedOutcome] {
      defer { underway = nil }
      return try end(underway)
    }

    private mutating func end(_ crowd: Crowd?) throws -> [ExportedOutcome] {
      let lines = try crowd.map { try export.end($0, files) } ?? []
      ended += lines.count
      return lines
    }

    /// Waits for writes under way.
    func wait() { underway?.underway.wait() }
  }

  /// Lines that are exported together.
  private struct Crowd {
    var lines: [ExportedOutcome]
    /// The indices of the lines whose files are there or being written.
    let places: [Int]
    let underway: LineFiles.Underway
  }

  private func begin(
    _ crowd: [ExportedOutcome], _ plan: NamePlan, _ files: LineFiles, _ isHeldBack: inout Bool
  ) throws -> Crowd {
    var crowd = crowd
    var wanted: [(place: Int, wanted: LineFiles.Wanted)] = []
    for place in crowd.indices {
      let (line, number) = (crowd[place].line, crowd[place].place)
      do throws(AudioFlaw) {
        if let clash = plan.clashes[line.line] { throw AudioFlaw(.refused, clash) }
        if let flaw = wish.flaw(of: line) { throw flaw }
        if line.digest == nil, !line.state.isEnded { isHeldBack = wish.isOrdered }
        guard let digest = line.digest, !isHeldBack || !crowd[place].former.isEmpty else {
          continue
        }
        let name = try naming.name(of: line, number)
        // A line stored after the names were planned may clash with others: the next run exports it.
        guard plan.isPlanned(name, of: line.line) else {
          isHeldBack = wish.isOrdered
          continue
        }
        wanted.append(
          (
            place,
            LineFiles.Wanted(
              line: line, digest: digest, name: name, recipe: naming.treatment.recipe(of: line),
              former: crowd[place].former)
          ))
      } catch {
        crowd[place].end = .flaw(error)
      }
    }
    return Crowd(
      lines: crowd, places: wanted.map(\.place), underway: try files.begin(wanted.map(\.wanted)))
  }

  private func end(_ crowd: Crowd, _ files: LineFiles) throws -> [ExportedOutcome] {
    var lines = crowd.lines
    for (place, delivery) in zip(crowd.places, try files.end(crowd.underway)) {
      switch delivery {
      case .success(let (file, outcome)): lines[place].end = .file(file, outcome)
      case .failure(let flaw): lines[place].end = .flaw(flaw)
      case nil: lines[place].end = .left
      }
    }
    return lines
  }
}
