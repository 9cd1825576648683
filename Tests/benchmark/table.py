"""The figures as tables of Markdown, as README.md shows them."""


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
    """Each cell has fal_client first, then csmd."""
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
    few, many = figures["add 100000"], figures["add 1000000"]
    body = [
        [f"csm-enqueue, {name} lines", f"{one['csm']:.2f}", f"{one['csm'] / one['sqlite3']:.2f}",
         f"{one['peak_mb']:.0f}"]
        for name, one in (("1,000,000", many), ("100,000", few))]
    body += [
        [what, f"{seconds:.2f}", f"{seconds / few['sqlite3']:.2f}", ""]
        for what, seconds in (
            ("the same again, each 100th edited", figures["add edited"]),
            ("100,000 lines, each 200th bad", figures["add bad"]),
            ("huey, 100,000 tasks", figures["huey"]["add"]),
            ("litequeue, 100,000 messages", figures["litequeue"]["add"]))]
    return rows(["adding", "s", "times the sqlite3 shell", "peak, MB"], body)


def beside(figures):
    many = figures["night beside many"]
    few = figures["night beside few"]
    body = [
        [name, f"{1000 * one['few']:.0f} ms", f"{1000 * one['many']:.0f} ms", f"{one['many'] / one['few']:.1f}"]
        for name, one in figures["reports"].items()]
    body += [
        [f"a line of a night in no time, {what}", f"{few[key]:.2f} ms", f"{many[key]:.2f} ms",
         f"{many[key] / few[key]:.2f}"]
        for what, key in (("CPU", "cpu"), ("wall", "wall"))]
    body += [
        [f"claiming and ending a task, {name}", "", f"{figures[name]['claim'] / 100:.3f} ms", ""]
        for name in ("huey", "litequeue")]
    return rows(["beside", "1,000 lines", "1,000,000 lines", "ratio"], body)
