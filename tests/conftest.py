"""What the tests measured is printed at their end, whichever process measured it."""

collect_ignore_glob = ["conftest.py", "*/conftest.py"]
"""They have one name, and no examples to run."""


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [
        str(value) for each in reports for name, value in each.user_properties if name == "measured"
    ]
    if told:
        terminalreporter.section("measured")
        terminalreporter.write_line("\n".join(told))
