"""A plugin of pytest: of each test with many parameters, run the first few that are asked for.

Of a change that is seen at all, nearly every parameter sees it, and collecting thousands takes
pytest longer than running one. `tools/mutants.py` tries what survives with all of them.
"""

from collections import Counter

FEW = 3


def pytest_configure(config):
    """Leave out the others of what is asked for."""
    asked, seen = [], Counter()
    for each in config.args:
        test = each.partition("[")[0]
        seen[test] += 1
        if seen[test] <= FEW:
            asked.append(each)
    config.args[:] = asked
