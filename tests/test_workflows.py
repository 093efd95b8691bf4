"""The steps of the workflows, as tools/workflows.py runs them without their host."""

import sys

import pytest

from book.source import pages

sys.path.insert(0, str(pages.ROOT / "tools"))
import workflows

JOBS = workflows.jobs()
IN_CONTAINERS = [job for job in JOBS if job.container]


def test_each_job_with_commands_is_there_once_for_each_entry_of_its_matrix():
    names = [job.name for job in JOBS]
    tested = [f"test/test/3.{minor}" for minor in (11, 12, 13, 14)]
    others = ["publish/build", "release/build", "test/successor", "test/machines", "test/peers"]
    assert sorted(names) == sorted([*tested, *others])


def test_a_matrix_is_every_combination():
    assert workflows.entries({"a": [1, 2], "b": ["x"]}) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]
    assert workflows.entries({}) == [{}]


def test_expressions_are_replaced_and_one_that_is_not_known_is_an_error():
    given = {"run": ["echo ${{ a.b }}-${{a.b}}", 3]}
    assert workflows.filled(given, {"a.b": 1}) == {"run": ["echo 1-1", 3]}
    with pytest.raises(KeyError, match="secret"):
        workflows.filled("${{ secret }}", {})


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_asks_for_the_python_that_it_runs(job):
    asked = job.pythons()
    assert asked
    assert all(float(each) >= 3 and each.count(".") == 1 for each in asked)
    assert "${{" not in str(job)


@pytest.mark.parametrize("job", IN_CONTAINERS, ids=lambda job: job.name)
def test_a_job_in_a_container_has_what_a_container_lacks(job):
    """Git before the checkout, a home and a checkout that root may use, and a Python of its own."""
    told = [step.get("run") or step["uses"] for step in job.steps]
    (checkout,) = [n for n, each in enumerate(told) if each.startswith("actions/checkout@")]
    assert any("install" in each and " git " in each for each in told[:checkout])
    assert any("safe.directory" in each for each in told[checkout:])
    assert not [each for each in told if "setup-python" in each]
    assert job.environment["HOME"] == "/root"
