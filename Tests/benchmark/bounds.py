"""The upper bounds of the short form's counts."""

BOUNDS = {
    "add: statements a line": 1.1,
    "add: compiled a line": 0.02,
    "add: steps a line": 560,
    "add: allocations a line": 700,
    "add: calls a line": 1.5,
    "add: syncs a line": 0.0016,
    "add: peak, MB": 64,
    "add edited: statements a line": 1.1,
    "add edited: compiled a line": 0.02,
    "add edited: steps a line": 330,
    "add edited: allocations a line": 700,
    "add edited: calls a line": 1.5,
    "add edited: syncs a line": 0.0004,
    "add edited: peak, MB": 64,
    "add bad: statements a line": 1.1,
    "add bad: compiled a line": 0.02,
    "add bad: steps a line": 560,
    "add bad: allocations a line": 800,
    "add bad: calls a line": 1.5,
    "add bad: syncs a line": 0.0016,
    "add bad: peak, MB": 64,
    "list: steps at 20,000 lines to those at 1,000": 1.5,
    "status: steps at 20,000 lines to those at 1,000": 1.5,
    "status BATCH: steps at 20,000 lines to those at 1,000": 21,
    "csmd: statements a line": 32,
    "csmd: compiled a line": 0.3,
    "csmd: steps a line": 3000,
    "csmd: allocations a line": 50_000,
    "csmd: calls a line": 300,
    "csmd: syncs a line": 4,
    "csmd: POSTs a line": 1,
    "csmd: polls a line, median": 3,
}


def table(counts):
    """The counts and their bounds as Markdown, and the exit code: 1 if a count is above its bound."""
    if counts.keys() != BOUNDS.keys():
        raise SystemExit(f"has no count or no bound: {sorted(counts.keys() ^ BOUNDS.keys())}")
    lines = ["| count | | at most |", "|---|---|---|"]
    above = [name for name, bound in BOUNDS.items() if counts[name] > bound]
    for name, bound in BOUNDS.items():
        mark = " **above**" if name in above else ""
        lines.append(f"| {name} | {counts[name]:.4g}{mark} | {bound} |")
    lines += [f"above its bound: {name}" for name in above]
    return "\n".join(lines), 1 if above else 0
