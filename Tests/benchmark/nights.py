"""Runs one night of one client against the stand-in and measures it."""

import os
import pathlib
import subprocess
import tempfile
import time

from cases import AUDIO_BYTES
from standin import StandIn

HERE = pathlib.Path(__file__).parent


def measured(command, environment, log, codes=(0,)):
    """Runs a command that must exit with one of `codes`: its seconds, CPU seconds and peak in MB.

    Linux counts this script's memory towards the peak of a child, so the script stays small.
    """
    begin = time.monotonic()
    with open(log, "wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        tail = pathlib.Path(log).read_text(errors="replace")[-2000:]
        raise SystemExit(f"{command[0]} exited with {process.returncode}:\n{tail}")
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss / 1024}


def environment(folder, settings, **more):
    """The settings of a run, and none of the caller's: those could name another queue or the real fal."""
    return {"PATH": os.environ["PATH"], "HOME": folder, "CSM_STATE_DIR": f"{folder}/state",
            "CSM_REROLLS": "0", **settings, **more}


def csmd(case, programs, fal, folder, lines):
    own = environment(folder, fal.settings, CSM_MAX_IN_FLIGHT=str(case.in_flight))
    measured([f"{programs}/csm-enqueue", "add", lines, "--batch", "night", "--cast", "auto", "--yes"],
             own, f"{folder}/added")
    return measured([f"{programs}/csmd", "run", "--until-idle"], own, f"{folder}/log")


def fal_client(case, python, fal, folder, lines):
    os.mkdir(f"{folder}/audio")
    # Its HTTP library opens at most 100 connections; more tasks only slow it down.
    in_flight = min(case.in_flight, 100)
    return measured(
        [python, str(HERE / "fal_night.py"), lines, str(in_flight), f"{folder}/audio"],
        environment(folder, fal.settings), f"{folder}/log")


def night(case, client, programs, seed):
    """Measures one night; `client` is the function `csmd` or `fal_client`, and the program it runs."""
    run, program = client
    with tempfile.TemporaryDirectory(prefix="csm-benchmark-") as folder:
        lines = f"{folder}/lines.txt"
        with open(lines, "w") as file:
            for number in range(case.lines):
                file.write(f"Line {number} of the night is spoken once and no more than once.\n")
        with StandIn(programs, runners=case.runners, service=case.service, audio_bytes=AUDIO_BYTES,
                     late=case.late, seed=seed) as fal:
            took = run(case, program, fal, folder, lines)
            told = fal.night(case.runners)
        files = [file.stat() for file in pathlib.Path(folder).rglob("*") if file.is_file()]
        audio = [file for file in files if file.st_size == AUDIO_BYTES]
    if told["accepted"] < case.lines or len(audio) != case.lines:
        raise SystemExit(f"{case.title}: {told['accepted']} accepted, {len(audio)} files")
    return {
        "seconds": took["seconds"],
        "greedy_seconds": told["greedy"],
        "wall_to_greedy": took["seconds"] / told["greedy"],
        "tail_seconds": max(file.st_mtime for file in audio) - told["ended_at"],
        "cpu_ms_a_line": 1000 * took["cpu"] / case.lines,
        "peak_mb": took["peak"],
        "polls_a_line": told["polls"],
        "posts_a_line": told["posts"],
        "accepted": told["accepted"],
    }
