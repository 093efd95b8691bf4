"""One training step: this package against its matrix products alone, and against its peers."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

SIZES = {
    "3-2-1": 1,
    "784-30-10": 10,
    "784-100-10": 32,
    "784-128-64-10": 128,
    "784-512-512-10": 128,
    "1024-1024-1024-1024": 256,
}
"""Networks, and the examples of their batches."""
PACKAGES = ("numpy", "torch", "jax", "scikit-learn", "autograd")
ONE = {f"{each}_NUM_THREADS": "1" for each in ("OMP", "OPENBLAS", "MKL")}
FLOOR = "matrix products alone"


def measure(seconds: float, rounds: int, sizes: list[str], dtypes: list[str]):
    """Yield a result for each network and precision; times are in microseconds."""
    from benchmarks import contestants, measuring

    for dtype in dtypes:
        for size in sizes:
            network, x, target = contestants.problem(
                [int(n) for n in size.split("-")], SIZES[size], dtype
            )
            steps = dict(contestants.ready(network, x, target))
            there = {name: step for name, step in steps.items() if step}
            taken = measuring.alternating(there, seconds, rounds)
            yield {
                "network": size,
                "batch": SIZES[size],
                "dtype": dtype,
                "microseconds": {name: float(f"{1e6 * t:.4g}") for name, t in taken.items()},
                "not run": [name for name, step in steps.items() if not step],
            }


def table(results) -> str:
    """Return the results as text: times, and how many times the floor they are."""
    lines = []
    for each in results:
        times = each["microseconds"]
        lines.append(
            f"\n{each['network']}, batch {each['batch']}, {each['dtype']}, {each['threads']}"
        )
        lines += [f"  {name:24}{t:12.1f} us{t / times[FLOOR]:8.2f}" for name, t in times.items()]
        lines += [f"  {name:24}     not run: not installed" for name in each["not run"]]
    return "\n".join(lines)


def main(quick: bool = False) -> None:
    """Measure in a process for each number of threads, print a table, and save the results."""
    from tqdm import tqdm

    from benchmarks import measuring

    results = []
    settings = ["one thread"] if quick else ["one thread", "default threads"]
    with tqdm(total=12 * len(settings), desc="training") as bar:
        for threads in settings:
            command = [sys.executable, "-m", "benchmarks.training", "--part", threads]
            command += ["--quick"] if quick else []
            environment = os.environ | (ONE if threads == "one thread" else {})
            with subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, text=True
            ) as part:
                for line in part.stdout:
                    results.append({**json.loads(line), "threads": threads})
                    bar.update()
            if part.returncode:
                sys.exit(f"benchmarks.training failed with {threads}")
    print(table(results))
    measuring.save("training", {"results": results}, *PACKAGES)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", help="measure in this process, and print a line a result")
    parser.add_argument("--quick", action="store_true", help="few repetitions, and one thread")
    parser.add_argument("--sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--dtypes", nargs="*", default=["float32", "float64"])
    given = parser.parse_args()
    if given.part:
        if given.part == "one thread":
            # Whatever a library thinks: there is one core for all.
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        seconds, rounds = (0.6, 7) if given.quick else (8.0, 101)
        for result in measure(seconds, rounds, given.sizes, given.dtypes):
            print(json.dumps(result), flush=True)
    else:
        main(given.quick)
