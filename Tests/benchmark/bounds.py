"""What the counts of the short form may be at most."""

BOUNDS = {
    "add: statements a line": 1.1,
    "add: steps a line": 460,
    "add: allocations a line": 700,
    "add: calls a line": 1.5,
    "add: syncs": 30,
    "add: peak, MB": 64,
    "add again: statements a line": 1.1,
    "add again: steps a line": 290,
    "add again: allocations a line": 700,
    "add again: calls a line": 1.5,
    "add again: syncs": 6,
    "list: steps at 20,000 lines to those at 1,000": 15,
    "status: steps at 20,000 lines to those at 1,000": 21,
    "status BATCH: steps at 20,000 lines to those at 1,000": 21,
    "csmd: statements a line": 30,
    "csmd: steps a line": 2600,
    "csmd: allocations a line": 50_000,
    "csmd: calls a line": 260,
    "csmd: syncs a line": 4,
    "csmd: POSTs a line": 1,
    "csmd: polls a line, median": 3,
}


def table(counts):
    """The counts beside their bounds as Markdown, and 1 where one is above it."""
    if counts.keys() != BOUNDS.keys():
        raise SystemExit(f"without a count or a bound: {sorted(counts.keys() ^ BOUNDS.keys())}")
    lines = ["| count | | at most |", "|---|---|---|"]
    above = [name for name, bound in BOUNDS.items() if counts[name] > bound]
    for name, bound in BOUNDS.items():
        mark = " **above**" if name in above else ""
        lines.append(f"| {name} | {counts[name]:.4g}{mark} | {bound} |")
    lines += [f"above its bound: {name}" for name in above]
    return "\n".join(lines), 1 if above else 0
