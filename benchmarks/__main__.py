"""Run all benchmarks: `python -m benchmarks`, or with --quick to see that they work."""

import sys

from benchmarks import build, doctor, engine, measuring, starts, training

INSTALL = (
    "torch is optional: .cache/bench/bin/python -m pip install --require-hashes -r tests/peers.lock"
)

if __name__ == "__main__":
    quick = "--quick" in sys.argv[1:]
    for each in (engine, starts, doctor, build, training):
        print(f"\n{each.__doc__.splitlines()[0]}", flush=True)
        each.main(quick)
    if "torch" not in measuring.versions("torch"):
        print(f"\nPyTorch was not run. {INSTALL}")
