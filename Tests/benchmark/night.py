#!/usr/bin/env python3
"""Measures a night: lines through csmd against csm-localfal, and what they cost the machine.

    Tests/benchmark/night.py [--lines 2000] [--bin .build/release] [--localfal .build/debug/csm-localfal]

Prints the makespan against lines x mean service time / runners, the status calls a job in the
median, the peak memory of csmd, and its CPU time a job. The machine should be quiet meanwhile.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--lines", type=int, default=2000)
parser.add_argument("--runners", type=int, default=40)
parser.add_argument("--latency", default="1s-3s", help="a range whose middle is the mean")
parser.add_argument("--mean", type=float, default=2.0, help="the mean service time in seconds")
parser.add_argument("--audio-bytes", default="100000-300000")
parser.add_argument("--bin", default=".build/release")
parser.add_argument("--localfal", default=".build/debug/csm-localfal")
parser.add_argument("--file", help="lines to speak instead of made ones")
options = parser.parse_args()

folder = tempfile.mkdtemp(prefix="csm-night-")
server = subprocess.Popen(
    [options.localfal, "serve", "--port", "0", "--runners", str(options.runners),
     "--latency", options.latency, "--audio-bytes", options.audio_bytes,
     "--ledger", folder + "/ledger"],
    stdout=subprocess.PIPE, text=True)
settings = {}
while True:
    line = server.stdout.readline().strip().removeprefix("export ")
    if "=" not in line:
        break
    name, value = line.split("=", 1)
    settings[name] = value.strip("'\"")
    if name == "FAL_KEY":
        break
environment = {"PATH": os.environ["PATH"], "HOME": folder, **settings,
               "CSM_STATE_DIR": folder + "/state", "CSM_REROLLS": "0"}
try:
    name = options.file or folder + "/lines.txt"
    if not options.file:
        with open(name, "w") as file:
            for number in range(options.lines):
                file.write(f"Line {number} of the night is spoken once and no more than once.\n")
    subprocess.run([options.bin + "/csm-enqueue", "add", name, "--batch", "night", "--cast", "auto", "--yes"],
                   env=environment, check=True)
    # Linux counts this script's memory into the peak of what it starts, so it stays small.
    lines = json.loads(subprocess.run(
        [options.bin + "/csm-enqueue", "status", "--json"], env=environment, check=True,
        stdout=subprocess.PIPE, text=True).stdout)["total"]
    begin = time.monotonic()
    with open(folder + "/log", "w") as log:
        daemon = subprocess.Popen([options.bin + "/csmd", "run", "--until-idle"], env=environment,
                                  stderr=log)
        _, status, usage = os.wait4(daemon.pid, 0)
    seconds = time.monotonic() - begin
    stats = json.load(urllib.request.urlopen(settings["CSM_QUEUE_URL"] + "/_localfal/stats"))
    ideal = lines * options.mean / options.runners
    cpu = usage.ru_utime + usage.ru_stime
    print(f"exit {os.waitstatus_to_exitcode(status)}, {lines} lines, {stats['accepted']} accepted")
    print(f"makespan {seconds:.1f} s, ideal {ideal:.1f} s: {seconds / ideal:.3f}")
    print(f"status calls a job: median {stats['polls_median']}, most {stats['polls_max']}")
    print(f"csmd: peak {usage.ru_maxrss / 1024:.0f} MB, CPU {cpu:.2f} s"
          f" ({usage.ru_utime:.2f} user), {1000 * cpu / lines:.2f} ms a job")
    print(f"files in {folder}")
finally:
    server.send_signal(signal.SIGTERM)
    server.wait()
