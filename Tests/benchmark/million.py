"""What many lines in the table cost everybody else: reports, and a night."""

from cases import Case
from nights import csmd
from standin import StandIn

REPORTS = {
    "list": ["list"],
    "list --text": ["list", "--text", "row number 77", "--all"],
    "status": ["status"],
    "status BATCH": ["status", "speed"],
}
# Runners for all, no waiting and next to no audio, so that what is left is csmd.
NIGHT = Case("instant", 2000, 1000, (0, 0))


def report(table, name):
    """Seconds of a report; its code tells how the lines are, which may be anything."""
    return table.run(*REPORTS[name], codes=(0, 1, 2, 3))["seconds"]


def night(table, programs):
    """Milliseconds of a line of a night beside what the table holds, of time and of CPU."""
    lines = f"{table.folder}/lines.txt"
    with open(lines, "w") as file:
        file.writelines(f"Line {number} of a night in no time.\n" for number in range(NIGHT.lines))
    with StandIn(programs, runners=NIGHT.runners, service=NIGHT.service, audio_bytes=100) as fal:
        took = csmd(NIGHT, programs, fal, table.folder, lines)
    table.expect("SELECT count(*) FROM job WHERE state = 'STORED'", NIGHT.lines)
    return {"wall": 1000 * took["seconds"] / NIGHT.lines, "cpu": 1000 * took["cpu"] / NIGHT.lines}
