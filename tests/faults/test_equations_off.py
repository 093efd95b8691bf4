"""The test of each equation sees an implementation that is off by a thousandth."""

from pathlib import Path

from copies import ROOT, run

from book.source.equations import equations

HERE = str(Path(__file__).parent)


def test_the_test_of_each_equation_sees_a_thousandth():
    tests = sorted({each.test for each in equations().values()})
    command = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "equations_off")
    code, said = run(ROOT, *command, *tests, PYTHONPATH=f"{ROOT}:{HERE}")
    assert code == 0, said
    assert "unseen: none" in said, said
