"""How reports and a night fare when the table is full."""

from cases import Case
from nights import csmd
from standin import StandIn

REPORTS = {
    "list": ["list"],
    "list --text": ["list", "--text", "row number 77", "--all"],
    "status": ["status"],
    "status BATCH": ["status", "speed"],
}
# A runner for every line, no service time and hardly any audio, so that csmd itself is the limit.
NIGHT = Case("instant", 2000, 1000, (0, 0))


def report(table, name):
    """Seconds of a report; its exit code tells the state of the lines, which is no concern here."""
    return table.run(*REPORTS[name], codes=(0, 1, 2, 3))["seconds"]


def night(table, programs):
    """Adds a night to the table and runs it: milliseconds per line, of time and of CPU."""
    lines = f"{table.folder}/lines.txt"
    with open(lines, "w") as file:
        file.writelines(f"Line {number} of a night in no time.\n" for number in range(NIGHT.lines))
    with StandIn(programs, runners=NIGHT.runners, service=NIGHT.service, audio_bytes=100) as fal:
        took = csmd(NIGHT, programs, fal, table.folder, lines)
    table.expect("SELECT count(*) FROM job WHERE state = 'STORED'", NIGHT.lines)
    return {"wall": 1000 * took["seconds"] / NIGHT.lines, "cpu": 1000 * took["cpu"] / NIGHT.lines}
