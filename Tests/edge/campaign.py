"""csmd before real servers: see run.sh, which says how it is called."""

import argparse
import pathlib
import re
import shutil
import signal
import sys
import tempfile

from night import Night, Scenario
from proxies import Caddy, HAProxy, Nginx, Node, make_certificate


def long_form():
    for http2 in [True, False]:
        version = "h2" if http2 else "h1"
        for proxy in [Nginx, HAProxy, Caddy]:
            name = f"{proxy.__name__.lower()} {version}"
            yield Scenario(name, proxy, http2)
            yield Scenario(f"{name} idle 1s", proxy, http2, idle=1, wave=40)
            for trouble in ["reload", "restart", "backend"]:
                yield Scenario(f"{name} {trouble}", proxy, http2, trouble=trouble)
        for requests in [20, 50]:
            yield Scenario(f"nginx {version} requests {requests}", Nginx, http2, requests=requests)
            yield Scenario(f"nginx {version} requests {requests} reload", Nginx, http2,
                           requests=requests, trouble="reload")
        if shutil.which("node"):
            yield Scenario(f"node {version}", Node, http2)
            yield Scenario(f"node {version} restart", Node, http2, trouble="restart")


def short_form():
    yield Scenario("nginx h2 requests 20", Nginx, True, requests=20)
    yield Scenario("nginx h1 requests 50 reload", Nginx, False, requests=50, trouble="reload")
    yield Scenario("nginx h2 idle 1s", Nginx, True, idle=1, wave=40)
    yield Scenario("haproxy h2 restart", HAProxy, True, trouble="restart")
    yield Scenario("haproxy h2 reload", HAProxy, True, trouble="reload")
    yield Scenario("caddy h2 backend", Caddy, True, trouble="backend")


def leave(number, _):
    """Whatever ends this ends the servers, too."""
    print(f"ended by {signal.Signals(number).name}", file=sys.stderr)
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs="?", default=".build/debug", type=pathlib.Path)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--lines", type=int)
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    for name in ["csmd", "csm-enqueue", "csm-localfal"]:
        if not (options.programs / name).is_file():
            parser.error(f"there is no {name} in {options.programs}")
    lines = options.lines or (250 if options.short else 2000)
    # Against hanging.
    limit = 240 if options.short else 600
    scenarios = [scenario for scenario in (short_form() if options.short else long_form())
                 if re.search(options.only, scenario.name)]
    for number in [signal.SIGTERM, signal.SIGHUP]:
        signal.signal(number, leave)
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="csm-edge-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    failed = 0
    try:
        make_certificate(folder)
        print(f"{'scenario':32} {'lines':>6} {'stored':>6} {'unknown':>7} {'held':>5} "
              f"{'longest gate':>13} {'seconds':>8}")
        for scenario in scenarios:
            outcome = Night(options.programs.resolve(), folder, scenario, lines, limit).run()
            failed += bool(outcome.complaints)
            print(f"{scenario.name:32} {outcome.lines:6} {outcome.stored:6} {outcome.unknown:7} "
                  f"{outcome.held:5} {outcome.gate:11.1f} s {outcome.seconds:8.1f}"
                  f"{'  FAILED' if outcome.complaints else ''}", flush=True)
            for complaint in outcome.complaints:
                print(f"    {complaint}", flush=True)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(scenarios) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not scenarios else 0)


main()
