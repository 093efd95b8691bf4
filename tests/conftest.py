"""The long tests come first, and what tests measured is printed at their end."""

collect_ignore_glob = ["conftest.py", "*/conftest.py"]
"""They have one name, and no examples to run."""

FIRST = ("tests/book/test_serving", "tests/faults", "tests/machines", "tests/site")
"""What takes long, so that the other processes are not left with it at the end."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [
        str(value) for each in reports for name, value in each.user_properties if name == "measured"
    ]
    if told:
        terminalreporter.section("measured")
        terminalreporter.write_line("\n".join(told))
