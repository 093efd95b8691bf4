"""Run the steps of the workflows as far as they can be run without their host.

sudo python tools/workflows.py [test/test ...] makes for each job, once for each entry of its
matrix, a root of its own: an empty Debian, in which the last commit lies, owned by another user,
as it is in a container of the host. Each step's command runs there as the host would run it, with
its environment and what a container may do, until one fails. Of the actions, that which checks out
is a clone, a Python that is asked for is bound from this machine, and all others are named and left
out. --bind PATH lends a root a file or folder of this machine, read-only; --list prints the steps.

It needs root, and the packages debootstrap and bubblewrap.
"""

import argparse
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
PLACE = ROOT / ".cache" / "workflows"
DEBIAN = "bookworm"
"""The release that the jobs in containers name, and that stands in for the others' Ubuntu."""
PYTHON_NEEDS = (
    "ca-certificates libbz2-1.0 libexpat1 libffi8 liblzma5 libncursesw6 libreadline8 libsqlite3-0 "
    "libssl3 libtirpc3"
)
RUNNER_HOLDS = {
    "name": "(what a runner has)",
    "run": "apt-get update -qq && apt-get install -y -qq --no-install-recommends git make npm",
}
"""What a job without a container finds on its host beside the Pythons, of all that is there."""
HOST_USER = 1001
"""The user of the host, who owns what is checked out, and the home; root runs the steps."""
LENT = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/apt/sources.list.d",
)
"""What a root takes from this machine, so that it reaches the registries as this machine does."""
REACHES = re.compile(r"PIP_|SSL_|REQUESTS_|NODE_|npm_config_|.*_proxy$", re.IGNORECASE)
"""Variables by which the tools of this machine reach their registries."""
MAY = (
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP "
    "SETGID SETPCAP SETUID SYS_CHROOT"
)
"""The capabilities of root in a container of Docker."""
GITHUB = {
    "github.ref": "refs/heads/main",
    "github.repository_owner": "owner",
    "github.event.repository.name": "backprop",
}
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_PYTHON = re.compile(r"python:(\d+\.\d+)")


@dataclass
class Job:
    """One entry of a job's matrix, with all expressions replaced by what they are."""

    name: str
    steps: list
    container: str
    environment: dict

    def pythons(self):
        """Return the versions of Python that it asks for; the last one is that of `python`."""
        asked = [str(step.get("with", {}).get("python-version", "")) for step in self.steps]
        return _PYTHON.findall(self.container) + " ".join(asked).split()


def filled(value, known):
    """Replace each `${{ name }}` within a value, its items too."""
    if isinstance(value, dict):
        return {key: filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, known) for each in value]
    if not isinstance(value, str):
        return value
    return _EXPRESSION.sub(lambda found: str(known[found[1]]), value)


def entries(matrix):
    """Return one dictionary for each entry of a matrix."""
    axes = [[(name, value) for value in values] for name, values in matrix.items()]
    return [dict(each) for each in itertools.product(*axes)]


def jobs():
    """Return the jobs of all workflows that have steps with a command."""
    found = []
    for file in sorted(WORKFLOWS.glob("*.yml")):
        for name, job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].items():
            if not any("run" in step for step in job["steps"]):
                continue
            for entry in entries(job.get("strategy", {}).get("matrix", {})):
                known = GITHUB | {f"matrix.{axis}": value for axis, value in entry.items()}
                told = "/".join([file.stem, name, *map(str, entry.values())])
                found.append(
                    Job(
                        told,
                        filled(job["steps"], known),
                        filled(job.get("container", ""), known),
                        filled(job.get("env", {}), known),
                    )
                )
    return found


def run(*command):
    """Run a command, and end with what it said if it failed."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout.strip()


def debian():
    """Return an empty Debian, made once."""
    base = PLACE / DEBIAN
    if not (base / "whole").exists():
        shutil.rmtree(base, ignore_errors=True)
        print("making an empty Debian", flush=True)
        sources = run("apt-get", "indextargets", "--format", "$(REPO_URI)", f"Codename: {DEBIAN}")
        include = f"--include={PYTHON_NEEDS.replace(' ', ',')}"
        run("debootstrap", "--variant=minbase", include, DEBIAN, base, sources.splitlines()[0])
        (base / "whole").touch()
    return base


def home_of(version):
    """Return where this machine keeps a version of Python, or nothing."""
    python = shutil.which(f"python{version}")
    if python is None:
        return None
    ask = [python, "-c", "import sys; print(sys.base_prefix)"]
    asked = subprocess.run(ask, capture_output=True, text=True, check=False)
    home = Path(asked.stdout.strip() or "/usr")
    return None if home == Path("/usr") else home


class Room:
    """A root of its own for one job."""

    def __init__(self, job, lent):
        self.root = PLACE / "root"
        shutil.rmtree(self.root, ignore_errors=True)
        run("cp", "-a", debian(), self.root)
        (self.root / "github/home").mkdir(parents=True)
        (self.root / "checkout").mkdir()
        homes = [home_of(version) for version in job.pythons()]
        self.lacking = [
            version for version, home in zip(job.pythons(), homes, strict=True) if not home
        ]
        self.homes = [home for home in homes if home]
        self.lent = [
            *map(str, self.homes),
            *(each for each in (*LENT, *lent) if Path(each).exists()),
        ]
        places = [*(f"{home}/bin" for home in reversed(self.homes)), os.defpath.lstrip(":")]
        self.environment = {
            **{name: value for name, value in os.environ.items() if REACHES.match(name)},
            "PATH": ":".join([*places, "/usr/local/bin:/usr/sbin:/sbin"]),
            "CI": "true",
            "HOME": "/github/home" if job.container else "/root",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": "/checkout",
            "GITHUB_REF_NAME": f"v{version_of_the_package()}"
            if job.name.startswith("release")
            else "main",
        }

    def check_out(self):
        """Clone the last commit, for the user of the host."""
        place = self.root / "checkout"
        run("git", "clone", "--quiet", "--no-local", "--depth=1", ROOT.as_uri(), place)
        run("chown", "-R", f"{HOST_USER}:{HOST_USER}", place, self.root / "github/home")

    def command(self, script, shell, environment):
        """Return what runs a script in the root, with what root may do in a container."""
        binds = [part for path in self.lent for part in ("--ro-bind", path, path)]
        settings = {**self.environment, **environment}
        variables = [part for pair in settings.items() for part in ("--setenv", *map(str, pair))]
        may = [part for each in MAY.split() for part in ("--cap-add", f"CAP_{each}")]
        return [
            *("bwrap", "--bind", self.root, "/", "--proc", "/proc", "--dev", "/dev"),
            *("--size", str(64 << 20), "--tmpfs", "/dev/shm", *binds),
            *("--chdir", "/checkout", "--clearenv", *variables, "--die-with-parent"),
            *("--cap-drop", "ALL", *may, *shell, script),
        ]


def version_of_the_package():
    """Return the version that the tag of a release has to name."""
    text = (ROOT / "backprop" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "(.+?)"', text)[1]


def tried(job, lent, log):
    """Run the steps of a job until one fails, and say how each went."""
    room = Room(job, lent)
    if room.lacking:
        print(f"  this machine has no Python {' '.join(room.lacking)}: left out", flush=True)
        return True
    shell = ["sh", "-e", "-c"] if job.container else ["bash", "-e", "-c"]
    for step in job.steps if job.container else [RUNNER_HOLDS, *job.steps]:
        told = step.get("name") or step.get("run") or step["uses"].partition("@")[0]
        if "run" not in step:
            if "actions/checkout" in told:
                room.check_out()
            print(f"  {'':>10}  {told}", flush=True)
            continue
        began = time.monotonic()
        command = room.command(step["run"], shell, {**job.environment, **step.get("env", {})})
        log.write(f"\n## {job.name}: {told}\n".encode())
        log.flush()
        code = subprocess.run(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
        took = time.monotonic() - began
        print(f"  {took:8.1f} s  {told}{f': FAILED ({code})' if code else ''}", flush=True)
        if code:
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="JOB", help="as workflow/job, or more; all")
    parser.add_argument("--bind", action="append", default=[], metavar="PATH")
    parser.add_argument("--list", action="store_true", help="print the steps, and run none")
    told = parser.parse_args()
    chosen = [job for job in jobs() if not told.names or job.name.startswith(tuple(told.names))]
    if not chosen:
        sys.exit(f"no job is called {' or '.join(told.names)}")
    failed = []
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "log").open("wb") as log:
        for job in chosen:
            print(job.name, flush=True)
            if told.list:
                print(*(f"  {step.get('run') or step['uses']}" for step in job.steps), sep="\n")
            elif not tried(job, told.bind, log):
                failed.append(job.name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}; see {(PLACE / 'log').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
