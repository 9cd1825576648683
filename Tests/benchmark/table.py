"""Prints the figures as the Markdown tables of README.md."""


def text(figures):
    parts = []
    if figures["nights"]:
        parts.append(nights(figures["nights"]))
    if "queue" in figures:
        parts += [adding(figures["queue"]), beside(figures["queue"])]
    return "\n\n".join(parts)


def rows(head, body):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body])


def nights(figures):
    """Each cell has the figure of fal_client, then that of csmd."""
    columns = {
        "wall to greedy": ("wall_to_greedy", "{:.3f}"),
        "last file after fal's last end, s": ("tail_seconds", "{:.2f}"),
        "CPU a line, ms": ("cpu_ms_a_line", "{:.1f}"),
        "peak, MB": ("peak_mb", "{:.0f}"),
        "polls a line": ("polls_a_line", "{:.0f}"),
        "POSTs a line": ("posts_a_line", "{:.2f}"),
    }
    body = []
    for case in figures.values():
        ours, theirs = case["csmd"], case["fal_client"]
        cells = [f"{form.format(theirs[key])} / {form.format(ours[key])}" for key, form in columns.values()]
        body.append([case["title"], f"{ours['greedy_seconds']:.1f}", *cells])
    return rows(["fal_client / csmd", "greedy, s", *columns], body)


def adding(figures):
    """Each row is one line, on average."""
    shell = figures["add"]["few"]["sqlite3"]
    body = [
        [f"csm-enqueue, {one['lines']:,.0f} lines", microseconds(one["csm"]),
         f"{one['csm'] / one['sqlite3']:.2f}", f"{one['peak_mb']:.0f}"]
        for one in figures["add"].values()]
    body += [
        [what, microseconds(seconds), f"{seconds / shell:.2f}", ""]
        for what, seconds in (
            ("again, every 100th edited", figures["add edited"]),
            ("every 200th bad", figures["add bad"]),
            ("huey", figures["huey"]["add"]),
            ("litequeue", figures["litequeue"]["add"]),
            ("huey, claimed", figures["huey"]["claim"]),
            ("litequeue, claimed and done", figures["litequeue"]["claim"]))]
    return rows(["adding", "a line", "times the sqlite3 shell", "peak, MB"], body)


def microseconds(seconds):
    return f"{1e6 * seconds:.1f} µs"


def beside(figures):
    body = [
        [name, f"{1000 * one['few']:.0f} ms", f"{1000 * one['many']:.0f} ms", f"{one['many'] / one['few']:.1f}"]
        for name, one in figures["reports"].items()]
    few, many = figures["night"]["few"], figures["night"]["many"]
    body += [
        [f"a line of a night in no time, {what}", f"{few[key]:.2f} ms", f"{many[key]:.2f} ms",
         f"{many[key] / few[key]:.2f}"]
        for what, key in (("CPU", "cpu"), ("wall", "wall"))]
    return rows(["with lines in the table", "1,000", "1,000,000", "ratio"], body)
