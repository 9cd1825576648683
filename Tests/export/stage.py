"""A night against csm-localfal: what the tests export."""

import os
import re
import subprocess
import tempfile


class Stage:
    """A state directory of its own, the stand-in, and the programs."""

    def __init__(self, programs, *options):
        self.programs = os.path.abspath(programs)
        self.folder = tempfile.mkdtemp(prefix="csm-export.")
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8", "TZ": "UTC",
            "CSM_STATE_DIR": f"{self.folder}/state", "XDG_RUNTIME_DIR": self.folder,
        }
        self.fal = subprocess.Popen(
            [f"{self.programs}/csm-localfal", "serve", "--port", "0", "--latency", "5ms-15ms",
             "--runners", "40", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        while line := self.fal.stdout.readline():
            if found := re.match(r"export (\w+)='?([^'\n]*)'?", line):
                self.environment[found[1]] = found[2]
            if line.startswith("export FAL_KEY="):
                break

    def close(self):
        self.fal.kill()
        self.fal.wait()
        subprocess.run(["chmod", "-R", "u+rwX", self.folder], check=True)
        subprocess.run(["rm", "-rf", self.folder], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, program, *arguments, status=0, **options):
        """Runs a program to its end; what it says is the message where its status is another one."""
        done = subprocess.run(
            [f"{self.programs}/{program}", *arguments], env=self.environment, text=True,
            capture_output=True, **options)
        assert done.returncode == status, (
            f"{program} {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def enqueue(self, *arguments, status=0):
        return self.run("csm-enqueue", *arguments, status=status)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def night(self, status=0):
        return self.run("csmd", "run", "--until-idle", status=status)
