"""The gradient over parts is that over the whole, whoever computes the parts.

Dask is in the test group. Only who installs the tests' needs by hand can be without it, and then
these tests are skipped with the reason, unless CI is set: then they fail.
"""

import importlib
import os
import pickle
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from networks import random_network
from numpy.testing import assert_array_equal

import backprop
from backprop import cross_entropy, downhill_over_parts, identity, relu, sigmoid, softmax, tanh
from backprop.activations import Activation
from backprop.checking import complex_step, relative_error
from backprop.losses import Loss
from backprop.network import Steps
from backprop.parallel import downhill_of_part, weighted_mean
from book.execution import slicing
from book.source import fences

PAGE = Path(__file__).parents[2] / "docs" / "more-than-one-machine.md"
SIZES = (13, 1, 40, 6)


def arrays(steps):
    return [*steps.W.values(), *steps.b.values()]


def furthest(steps, others):
    assert steps.W.keys() == others.W.keys()
    assert steps.b.keys() == others.b.keys()
    pairs = zip(arrays(steps), arrays(others), strict=True)
    return max(relative_error(ours, theirs) for ours, theirs in pairs)


@pytest.fixture
def problem():
    """A network, examples, and the same examples in parts of different sizes."""
    rng = np.random.default_rng(7)
    network = random_network(7, (5, 8, 3), (tanh, sigmoid))
    x, target = rng.normal(size=(sum(SIZES), 5)), rng.uniform(size=(sum(SIZES), 3))
    ends = np.cumsum(SIZES)[:-1]
    return network, x, target, list(zip(np.split(x, ends), np.split(target, ends), strict=True))


def whole(network, x, target):
    return network.backward(network.forward(x), target).steps(1.0)


def test_eq_sum_over_parts(problem):
    """Against the loss over all examples in one piece, differentiated without a backward pass."""
    network, x, target, parts = problem
    steps = downhill_over_parts(network, parts)
    W, b = network[2].W, network[2].b

    def E(weights):
        a = np.tanh(x @ network[1].W + network[1].b)
        output = 1 / (1 + np.exp(-(a @ weights + b)))
        return np.sum((target - output) ** 2) / (2 * len(x))

    assert relative_error(-steps.W[2], complex_step(E, W)) < 1e-12
    assert furthest(steps, whole(network, x, target)) < 1e-12


def test_a_mean_that_forgets_the_sizes_is_another_gradient(problem):
    network, x, target, parts = problem
    forgotten = weighted_mean(
        [downhill_of_part(network, *part) for part in parts], [1] * len(parts)
    )
    assert furthest(forgotten, whole(network, x, target)) > 1e-3


def test_the_network_and_the_parts_are_not_changed(problem):
    network, x, _, parts = problem
    before, x_before = network.copy(), x.copy()
    downhill_over_parts(network, parts)
    assert_array_equal(network[1].W, before[1].W)
    assert_array_equal(x, x_before)


def test_float32_stays_float32():
    rng = np.random.default_rng(0)
    network = random_network(0, (3, 2), (identity,))
    network[1].W, network[1].b = network[1].W.astype("f4"), network[1].b.astype("f4")
    part = rng.normal(size=(4, 3)).astype("f4"), rng.normal(size=(4, 2)).astype("f4")
    assert {each.dtype.name for each in arrays(downhill_over_parts(network, [part, part]))} == {
        "float32"
    }


def test_threads(problem):
    network, x, target, parts = problem
    with ThreadPoolExecutor(2) as executor:
        steps = downhill_over_parts(network, iter(parts), executor.map)
    assert furthest(steps, whole(network, x, target)) < 1e-12


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (lambda _: [], ValueError, "parts must not be empty"),
        (lambda parts: [*parts, (np.empty((0, 5)), np.empty((0, 3)))], ValueError, r"parts\[4\] x"),
        (lambda parts: [(parts[0][0][:, :4], parts[0][1])], ValueError, r"parts\[0\] x.*\(N, 5\)"),
        (lambda parts: [(parts[0][0], parts[2][1])], ValueError, r"parts\[0\] target.*\(13, 3\)"),
        (lambda parts: [(parts[0][0][0], parts[0][1][0])], ValueError, r"parts\[0\] x.*\(N, 5\)"),
        (lambda parts: [parts[0][0]], TypeError, r"parts\[0\] must be a pair"),
        (lambda _: 3, TypeError, "parts must be pairs of inputs and targets, not 3"),
        (lambda parts: {"x": parts}, TypeError, r"parts\[0\] must be a pair .* not 'x'"),
    ],
)
def test_bad_parts_are_refused_before_any_is_sent(problem, spoil, error, said):
    def never(*_):
        raise AssertionError("sent")

    network, _, _, parts = problem
    with pytest.raises(error, match=said):
        downhill_over_parts(network, spoil(parts), never)


@pytest.mark.parametrize(
    "wrong", [3, None, len, lambda *_: None], ids=["number", "None", "len", "gives None"]
)
def test_what_is_no_map_is_refused(problem, wrong):
    network, _, _, parts = problem
    with pytest.raises(TypeError, match="map must apply a function to several iterables"):
        downhill_over_parts(network, parts, wrong)


def test_a_map_that_loses_a_part_is_refused(problem):
    network, _, _, parts = problem
    with pytest.raises(
        ValueError, match="every and sizes must have one entry per part, not 3 and 4"
    ):
        downhill_over_parts(network, parts, lambda *args: list(map(*args))[1:])


def test_what_has_no_mean_is_refused(problem):
    network, x, target, _ = problem
    steps = downhill_of_part(network, x, target)
    other = Steps({("W", 1): steps.W[1]})
    for every, sizes, error, said in [
        ([], [], ValueError, "every and sizes must have one entry per part, not 0 and 0"),
        ([steps], [1, 2], ValueError, "every and sizes must have one entry per part, not 1 and 2"),
        ([steps], [0], ValueError, r"sizes\[0\] must be at least 1, not 0"),
        ([steps], [0.5], TypeError, r"sizes\[0\] must be an integer, not 0.5"),
        ([steps, steps.W], [1, 2], TypeError, r"every\[1\] must be Steps, not "),
        ([steps, other], [1, 2], ValueError, r"every\[1\] must have the shapes of every\[0\]"),
        (3, [1], TypeError, "every must be a sequence, not 3"),
        ([steps], 1, TypeError, "sizes must be a sequence, not 1"),
    ]:
        with pytest.raises(error, match=said):
            weighted_mean(every, sizes)
    small = np.array([200, 100], np.uint8)
    assert furthest(weighted_mean([steps, steps], small), steps) < 1e-15


def test_what_is_no_network_is_refused(problem):
    _, x, target, parts = problem
    for call in (lambda: downhill_over_parts(3, parts), lambda: downhill_of_part(3, x, target)):
        with pytest.raises(TypeError, match="network must be a Network, not 3"):
            call()


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_an_error_of_a_worker_arrives_and_says_of_which_part(problem, executor):
    network, _, _, parts = problem
    network[2].W[0, 0] = np.nan
    context = {"mp_context": get_context("spawn")} if executor is ProcessPoolExecutor else {}
    with (
        executor(1, **context) as pool,
        pytest.raises(FloatingPointError, match=r"parts\[0\]: a sum .* W of layer 2 holds nan"),
    ):
        downhill_over_parts(network, parts, pool.map)


def test_the_part_whose_loss_is_too_large_is_named(problem):
    network, _, _, parts = problem
    parts[2][1][0, 0] = 1e200
    with pytest.raises(FloatingPointError, match=r"parts\[2\]: the loss is inf: outputs or targ"):
        downhill_over_parts(network, parts)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_network_arrives_in_another_process_as_it_was(protocol):
    network = random_network(1, (3, 4, 2), (relu, softmax), loss=cross_entropy)
    arrived = pickle.loads(pickle.dumps(network, protocol))
    assert arrived.loss is cross_entropy
    assert [layer.activation for layer in arrived] == [relu, softmax]
    assert_array_equal(arrived[1].W, network[1].W)
    for name in backprop.__all__:
        one = getattr(backprop, name)
        if isinstance(one, Activation | Loss):
            assert pickle.loads(pickle.dumps(one, protocol)) is one


def test_an_activation_of_the_readers_own_travels_by_value():
    own = Activation("sigmoid", np.sinh, np.cosh)
    assert pickle.loads(pickle.dumps(own)) == own


def dask():
    """Import Dask, or skip; on a machine that is to test everything, fail."""
    if "CI" not in os.environ:
        pytest.importorskip("distributed", reason="Dask is not installed")
    return importlib.import_module("distributed")


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes on this machine, that talk over the loopback interface alone."""
    distributed = dask()
    with distributed.LocalCluster(
        n_workers=2,
        processes=True,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
    ) as made:
        yield made


@pytest.fixture
def client(cluster):
    with dask().Client(cluster) as made:
        yield made


def test_two_processes_of_dask(client, problem):
    network, x, target, parts = problem
    pids = client.run(os.getpid)
    assert len({*pids.values(), os.getpid()}) == 3
    assert all(address.startswith("tcp://127.0.0.1:") for address in pids)
    with client.get_executor(pure=False) as executor:
        steps = downhill_over_parts(network, parts, executor.map)
    assert furthest(steps, whole(network, x, target)) < 1e-12


def test_the_lines_on_the_page_as_they_stand(tmp_path):
    """Each is copied with those it needs, and run as a program of its own."""
    dask()
    told = [one for one in fences.read(PAGE) if not one.runs]
    titles = [one.options["title"] for one in told]
    assert titles == ["Dask: the problem", "Dask: a cluster", "Dask: data that stays"]
    copied = tmp_path / "copied.py"
    for count in (2, 3):
        copied.write_text(slicing.beside(told[:count]))
        ran = subprocess.run([sys.executable, copied], capture_output=True, text=True, timeout=60)
        assert ran.stdout.splitlines() == ["True"], ran.stderr
        # Where the machine is busy, Dask waits for a worker to end, and then says that it ends it.
        said = [each for each in ran.stderr.splitlines() if "still alive after" not in each]
        assert said == []


LITTLE = np.array([3800, 3400])
"""Bytes that come and go in a step beside its numbers, at most."""


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="Linux alone counts the bytes")
@pytest.mark.parametrize("hidden", [32, 512])
def test_a_step_sends_the_numbers_and_little_beside_them(client, hidden):
    """The measurement of the page, and the same with a larger network."""

    def traffic():
        """Bytes that came and went over the connections of this process."""
        came = went = 0
        for number in (int(each.name) for each in Path("/proc/self/fd").iterdir()):
            try:
                if not stat.S_ISSOCK(os.fstat(number).st_mode):
                    continue
                connection = socket.socket(fileno=os.dup(number))
            except OSError:  # closed since it was listed
                continue
            with connection:
                if connection.family == socket.AF_INET and connection.type == socket.SOCK_STREAM:
                    # tcpi_bytes_received and tcpi_bytes_sent of <linux/tcp.h>
                    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 208)
                    came += struct.unpack_from("Q", told, 128)[0]
                    went += struct.unpack_from("Q", told, 200)[0]
        return came, went

    def both():
        return np.sum(list(client.run(traffic).values()), axis=0)

    def a_step_moves(step, most, steps=10):
        """The least of some rounds: workers report by the clock, too, and not by the step."""
        least = np.full(2, np.inf)
        for _ in range(40):
            step()
            before = both()
            for _ in range(steps):
                step()
            least = np.minimum(least, (both() - before) / steps)
            if all(least < most):
                break  # a busy machine needs more rounds than a quiet one
        return least

    rng = np.random.default_rng(19)
    network = random_network(19, (64, hidden, 10), (tanh, sigmoid))
    x, target = rng.normal(size=(60, 64)), rng.uniform(size=(60, 10))
    parts = [(x[:10], target[:10]), (x[10:], target[10:])]
    twice = 2 * sum(each.nbytes for each in arrays(whole(network, x, target)))
    examples = x.nbytes + target.nbytes

    with client.get_executor(pure=False) as executor:
        came, went = a_step_moves(
            lambda: downhill_over_parts(network, parts, executor.map),
            most=np.add((twice + examples, twice), LITTLE),
        )
    assert twice + examples < came < twice + examples + 4000
    assert twice < went < twice + 4000
    if hidden == 32:
        assert (twice, twice + examples) == (38_560, 74_080)
        assert (came, went) == pytest.approx((77_000, 41_000), abs=1000)

    workers = list(client.nthreads())
    assert len(workers) == 2
    placed = list(zip(parts, workers, strict=True))
    kept = [(*client.scatter(part, workers=[at]), at) for part, at in placed]

    def with_kept_data():
        tasks = [
            client.submit(downhill_of_part, network, *part, workers=[at], pure=False)
            for *part, at in kept
        ]
        return weighted_mean(client.gather(tasks), (10, 50))

    came, went = a_step_moves(with_kept_data, most=twice + LITTLE)
    assert twice < came < twice + 4000
    assert twice < went < twice + 4000
    if hidden == 32:
        assert (came, went) == pytest.approx((42_000, 41_000), abs=1000)


def test_arrays_that_are_scattered_to_no_worker_in_particular_are_parted(client):
    """Why the page says to which worker: the two arrays of a part come to two workers."""
    rng = np.random.default_rng(5)
    inputs, target = client.scatter((rng.normal(size=(10, 64)), rng.uniform(size=(10, 10))))
    holders = client.who_has([inputs, target])
    assert set(holders[inputs.key]).isdisjoint(holders[target.key])


def test_a_lost_worker_is_survived(client, problem, tmp_path):
    network, x, target, parts = problem
    go_on = tmp_path / "go on"

    def slowly(*part):
        (tmp_path / f"started {os.getpid()}").touch()
        while not go_on.exists():
            time.sleep(0.01)
        return downhill_of_part(*part)

    futures = [client.submit(slowly, network, *part, pure=False, retries=2) for part in parts]
    before = client.run(os.getpid)
    while len(running := list(tmp_path.glob("started *"))) < 2:
        time.sleep(0.01)
    lost = int(running[0].name.split()[1])
    assert lost in before.values()
    os.kill(lost, signal.SIGKILL)
    go_on.touch()
    steps = weighted_mean(client.gather(futures), SIZES)
    assert furthest(steps, whole(network, x, target)) < 1e-12
    client.wait_for_workers(2, timeout=15)
    assert lost not in client.run(os.getpid).values()


def test_steps_of_other_shapes_have_no_mean():
    key = ("W", 1)
    every = [Steps({key: np.ones((1, 1))}), Steps({key: np.ones((2, 1))})]
    with pytest.raises(ValueError, match=r"^every\[1\] must have the shapes of every\[0\]$"):
        weighted_mean(every, [1, 1])
