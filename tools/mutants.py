"""Change the package in every way that mutmut knows, one at a time, and see whether a test fails.

mutmut changes the bodies of functions, and forks a process for each change that runs the tests
that reach it, the quickest first. It leaves out what is computed while a module is imported
(tables, constants, defaults, properties): there the same changes are made here, each in a copy of
the package that a new process imports.

A change that no test sees has to stand in `tests/survivors.toml`, with the reason why it changes
nothing; one that stands there and is seen must go. Results are kept in `.cache/mutants`: a change
that was seen is not tried again until its function changes, all others whenever anything changes.
"""

import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".cache" / "mutants"
LISTED = ROOT / "tests" / "survivors.toml"
LEAST = 0.95
NOT_BEHAVIOR = re.compile(r"TypeAlias|TypeVar|__slots__")
"""Statements of a module or class that a program cannot tell from others: types, and memory."""

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
BIN = Path(sys.executable).parent
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "CI"},
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONSAFEPATH": "1",
}
INTERRUPTED, SURVIVED = 2, (0, 5, 33)
SEEN = {**dict.fromkeys((1, 2, 3, 4), "killed"), **dict.fromkeys(SURVIVED, "survived")}
"""What an exit code of pytest says; any other is that of a process that was ended: too slow."""


def environment(*paths):
    """Where Python looks first."""
    found = os.pathsep.join(map(str, [*paths, ROOT]))
    return {**ENVIRONMENT, "PYTHONPATH": found}


def digest(*roots):
    """All that a result depends on, in short."""
    told = hashlib.sha256()
    for root in roots:
        for file in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            told.update(file.name.encode() + file.read_bytes())
    return told.hexdigest()


def stale(name, now):
    """Whether something has changed since the last time, and remember how it is now."""
    stamp = WORK / name
    changed = not stamp.exists() or stamp.read_text() != now
    stamp.write_text(now)
    return changed


def prepare():
    """Make the folder in which mutmut works, and forget the results that may not hold any more."""
    (WORK / "tests").mkdir(parents=True, exist_ok=True)
    for link, to in {
        "pyproject.toml": "../../pyproject.toml",
        "backprop": "../../backprop",
        "docs": "../../docs",
        "tests/conftest.py": "../../../tests/conftest.py",
        "tests/package": "../../../tests/package",
    }.items():
        (WORK / link).unlink(missing_ok=True)
        (WORK / link).symlink_to(to)
    made = WORK / "mutants"
    how = [SETTINGS["do_not_mutate_patterns"], metadata.version("mutmut")]
    if stale("how", json.dumps(how)):
        shutil.rmtree(made, ignore_errors=True)
    shutil.rmtree(made / "tests", ignore_errors=True)
    for file in (made / "backprop").glob("*.py*"):
        if not (
            ROOT / "backprop" / (file.name.removesuffix(".meta").removesuffix(".spans"))
        ).exists():
            file.unlink()
    forget(INTERRUPTED)
    if stale("what", digest(ROOT / "backprop", ROOT / "tests" / "package")):
        forget(*{*codes().values()} - {1})
        (made / "mutmut-stats.json").unlink(missing_ok=True)
        (WORK / "tried with all").unlink(missing_ok=True)


def modules():
    """The files that are changed; the list of names in __init__.py has tests of its own."""
    ignored = {ROOT / each for each in SETTINGS["do_not_mutate"]}
    return [file for file in sorted((ROOT / "backprop").glob("*.py")) if file not in ignored]


def codes():
    """The exit code of the tests of each change within a function, or none as yet."""
    metas = sorted((WORK / "mutants" / "backprop").glob("*.meta"))
    every = [json.loads(meta.read_text() or "{}").get("exit_code_by_key", {}) for meta in metas]
    return {name: code for each in every for name, code in each.items()}


def forget(*which):
    """Let mutmut try again what has these exit codes."""
    for meta in (WORK / "mutants" / "backprop").glob("*.meta"):
        told = json.loads(meta.read_text())
        codes = told["exit_code_by_key"].items()
        told["exit_code_by_key"] = {name: None if code in which else code for name, code in codes}
        meta.write_text(json.dumps(told))


def within_functions(workers):
    """Run mutmut: with few of the parameters of each test, and what survives with all of them."""
    tried = WORK / "tried with all"
    if not tried.exists():
        mutmut(workers, {"PYTEST_ADDOPTS": "-p few_tests"})
        forget(*SURVIVED)
        tried.touch()
    mutmut(workers, {})


def mutmut(workers, settings):
    """Run mutmut, and say once in a while how far it is."""
    with (WORK / "mutmut.log").open("wb") as log:
        running = subprocess.Popen(
            [BIN / "mutmut", "run", "--max-children", str(workers)],
            cwd=WORK,
            env={**environment(ROOT / "tools"), **settings},
            stdout=log,
            stderr=log,
        )
        while running.poll() is None:
            time.sleep(20)
            try:
                known = codes()
            except ValueError:  # mutmut is just writing one
                continue
            done = sum(code is not None for code in known.values())
            print(f"{done} of {len(known)} changes within functions", flush=True)
    if running.returncode:
        sys.exit(f"mutmut failed: see {WORK / 'mutmut.log'}")


def called_on_import():
    """Functions that have run before a test could see them changed."""
    program = "import backprop; from mutmut.state import state; print(*state()._stats)"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=WORK,
        env={**environment(WORK / "mutants"), "MUTANT_UNDER_TEST": "stats"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stdout.split())


def place(mangled):
    """`backprop.network.xǁNetworkǁcopy` is network.Network.copy."""
    *module, function = mangled.split("__mutmut_")[0].split(".")
    function = function.removeprefix("x").replace("ǁ", ".").removeprefix(".")
    return ".".join([*module[1:], function if "ǁ" in mangled else function.removeprefix("_")])


def changed_lines(before, after):
    """What stood there, and what stands there now, each on one line."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))
    return tuple(
        " ".join(line[1:].strip() for line in lines[2:] if line[0] == sign) for sign in "-+"
    )


def outside_functions(on_import):
    """Yield of each change module, place, the lines as they were and are, and the module's text."""
    from mutmut.mutation.file_mutation import MutationVisitor, deep_replace
    from mutmut.mutation.mutators import mutation_operators
    from mutmut.mutation.pragma_handling import get_ignored_lines
    from mutmut.mutation.trampoline_templates import mangle_function_name

    class Everywhere(MutationVisitor):
        def _skip_node_and_children(self, node):
            decorated = isinstance(node, cst.FunctionDef)
            return not decorated and super()._skip_node_and_children(node)

    for file in modules():
        code = file.read_text()
        wrapper = MetadataWrapper(cst.parse_module(code))
        visitor = Everywhere(mutation_operators, get_ignored_lines(file.name, code, wrapper))
        module = wrapper.visit(visitor)
        owners = {
            statement: each.name.value
            for each in module.body
            if isinstance(each, cst.ClassDef)
            for statement in each.body.body
        }
        for change in visitor.mutations:
            statement = change.contained_by_top_level_function
            owner = owners.get(statement)
            where = f"{file.stem}.{owner}" if owner else file.stem
            if isinstance(statement, cst.FunctionDef):
                name = mangle_function_name(name=statement.name.value, class_name=owner)
                mangled = f"backprop.{file.stem}.{name}"
                if not statement.decorators and mangled not in on_import:
                    continue
                where = place(mangled)
            text = deep_replace(module, change.original_node, change.mutated_node).code
            was, now = changed_lines(code, text)
            if not NOT_BEHAVIOR.search(was):
                yield file.stem, where, was, now, text


def try_outside(change):
    """Run the tests with a changed copy of the package: those of its module, and then all.

    Of each test few parameters are run first, and all where nothing was seen.
    """
    module, *_, text = change
    took = json.loads((WORK / "mutants" / "mutmut-stats.json").read_text())["duration_by_test"]
    every = sorted(took, key=took.get)
    own = [each for each in every if each.startswith(f"tests/package/test_{module}")]
    few = ["-p", "few_tests"]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "backprop", Path(folder) / "backprop")
        (Path(folder) / "backprop" / f"{module}.py").write_text(text)
        run = [sys.executable, "-m", "pytest", "-x", "-q", *SETTINGS["pytest_add_cli_args"]]
        stages = [[*few, *own]] if own else []
        for tests in (*stages, [*few, *every], every):
            try:
                code = subprocess.run(
                    [*run, *tests],
                    cwd=ROOT,
                    env=environment(folder, ROOT / "tools"),
                    capture_output=True,
                    timeout=600,
                ).returncode
            except subprocess.TimeoutExpired:
                return -1
            if code:
                return code
    return 0


def all_outside(workers, on_import):
    """Try what mutmut leaves out, where the result is not known."""
    kept = WORK / "outside.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    package, tests = digest(ROOT / "backprop"), digest(ROOT / "tests" / "package")
    changes = list(outside_functions(on_import))
    keys = [hashlib.sha256(f"{module} {text}".encode()).hexdigest() for module, *_, text in changes]
    todo = {
        key: change
        for key, change in zip(keys, changes, strict=True)
        if key not in known
        or known[key][1] != package
        or (known[key][0] != 1 and known[key][2] != tests)
    }
    if todo and try_outside(("training", "", "", "", (ROOT / "backprop/training.py").read_text())):
        sys.exit("the tests fail without a change")
    with ThreadPoolExecutor(workers) as executor:
        tried = zip(todo, executor.map(try_outside, todo.values()), strict=True)
        for done, (key, code) in enumerate(tried, 1):
            known[key] = (code, package, tests)
            kept.write_text(json.dumps(known, indent=1))
            if done % 10 == 0:
                print(f"{done} of {len(todo)} changes outside functions", flush=True)
    return [
        (where, was, now, known[key][0])
        for key, (_, where, was, now, _) in zip(keys, changes, strict=True)
    ]


def all_within(on_import):
    """Read what mutmut found."""
    os.chdir(WORK)
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    for name, code in codes().items():
        if name.split("__mutmut_")[0] in on_import:
            continue
        was = now = ""
        if SEEN.get(code) == "survived":
            diff = get_diff_for_mutant(name, path=f"backprop/{name.split('.')[1]}.py").splitlines()
            was, now = (
                " ".join(line[1:].strip() for line in diff[2:] if line.startswith(sign))
                for sign in "-+"
            )
        yield place(name), was, now, code


def report(results):
    """Print the score of each module, and judge."""
    told = tomllib.loads(LISTED.read_text()) if LISTED.exists() else {}
    listed = {
        (entry["in"], was, now): entry["because"]
        for entry in told.get("unchanged", [])
        for was, now in entry["changes"]
    }
    counts, survived = defaultdict(Counter), Counter()
    for where, was, now, code in results:
        counts[where.split(".")[0]][SEEN.get(code, "too slow")] += 1
        if SEEN.get(code) == "survived":
            survived[where, was, now] += 1
            counts[where.split(".")[0]]["listed"] += (where, was, now) in listed
    print(
        f"\n{'module':16}{'changes':>8}{'killed':>8}{'too slow':>10}"
        f"{'survived':>10}{'listed':>8}{'score':>9}"
    )
    counts["all"] = sum(counts.values(), Counter())
    for module, n in counts.items():
        tried = n["killed"] + n["too slow"] + n["survived"]
        score = 1 - n["survived"] / tried
        print(
            f"{module:16}{tried:8}{n['killed']:8}{n['too slow']:10}{n['survived']:10}"
            f"{n['listed']:8}{score:9.1%}"
        )
    surprises = [each for each in survived if each not in listed]
    if surprises:
        print(f"\nNo test sees these, and {LISTED.name} does not list them:")
    for where in dict.fromkeys(where for where, _, _ in surprises):
        print(f'[[unchanged]]\nin = "{where}"\nbecause = ""\nchanges = [')
        for _, *lines in [each for each in surprises if each[0] == where]:
            print(f"    {json.dumps(lines, ensure_ascii=False)},")
        print("]")
    gone = [each for each in listed if each not in survived]
    if gone:
        print(f"\nA test sees these, or they are not there; {LISTED.name} lists them:")
    for where, was, now in gone:
        print(f"{where}:\n  - {was}\n  + {now}")
    if surprises or gone:
        return (
            f"{len(surprises)} survivors without a reason, {len(gone)} reasons without a survivor"
        )
    return f"the score is below {LEAST:.0%}" if score < LEAST else 0


def main():
    workers = int(os.environ.get("WORKERS", os.cpu_count() or 1))
    prepare()
    within_functions(workers)
    on_import = called_on_import()
    os.chdir(WORK)  # where mutmut finds its settings
    outside = all_outside(workers, on_import)
    sys.exit(report([*all_within(on_import), *outside]))


if __name__ == "__main__":
    main()
