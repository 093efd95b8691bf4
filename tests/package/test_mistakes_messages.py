"""What the page of common mistakes says of messages: each is raised here, and is on the page."""

import numpy as np
import pytest
from mistaken import calls

from backprop import (
    GradientDescent,
    Layer,
    Network,
    compare_gradients,
    complex_step,
    cross_entropy,
    datasets,
    glorot,
    identity,
    random_network,
    relu,
    sigmoid,
    softmax,
    squared_error,
    tanh,
    train,
)
from backprop.training import DivergenceError


def message(error, wrong):
    """Return what is said where something wrong is done."""
    with pytest.raises(error) as raised:
        wrong()
    return str(raised.value)


def warning(wrong):
    return message(RuntimeWarning, wrong)


@pytest.mark.shows("nan", 1)
def test_losses_grow_before_they_are_nan():
    x = np.array([[1.0], [2.0]])
    w, losses = 0.5, []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(900):
            losses.append(((x * w - 3 * x) ** 2).mean() / 2)
            w = w - 2.0 * (x * (x * w - 3 * x)).mean()
    assert not np.isfinite(losses[-1])
    before = [loss for loss in losses if np.isfinite(loss)]
    assert np.all(np.diff(before) > 0)
    network = Network([Layer([[0.5]], None, identity)], squared_error)
    fast = GradientDescent(2.0)
    said = message(DivergenceError, lambda: train(network, x, 3 * x, epochs=900, optimizer=fast))
    assert calls("nan", said)
    network = Network([Layer([[0.5]], None, identity)], squared_error)
    history = train(network, x, 3 * x, epochs=3, optimizer=GradientDescent(0.2))
    assert np.all(np.diff(history.losses) < 0)


@pytest.mark.shows("nan", 2)
@pytest.mark.shows("log-of-zero", 1)
def test_a_probability_that_is_rounded_to_0_or_1_gives_inf_and_nan():
    with np.errstate(over="ignore"):
        y = 1 / (1 + np.exp(-np.array([-800.0, 40.0])))
    assert y.min() == 0
    assert y.max() == 1
    assert calls("log-of-zero", warning(lambda: np.log(y)))
    with np.errstate(divide="ignore"):
        logarithm = np.log(y)
    said = warning(lambda: np.array([0.0, 1.0]) * logarithm)
    assert calls("log-of-zero", said)
    assert calls("nan", said)
    network = Network([Layer(np.array([[800.0, 0.0]]), None, softmax)], cross_entropy)
    assert np.isfinite(network.loss_of([[1.0]], [[0.0, 1.0]]))


@pytest.mark.shows("nan", 3)
def test_one_nan_in_the_data_is_in_every_gradient():
    X = np.ones((4, 2))
    X[2, 1] = np.nan
    assert np.isnan(X).any()
    assert np.isnan((X @ np.ones(2)).sum())


@pytest.mark.shows("nan", 4)
def test_a_constant_column_has_no_spread():
    X = np.column_stack([np.arange(4.0), np.ones(4)])
    assert (X.std(axis=0) == 0).any()
    assert calls("nan", warning(lambda: (X - X.mean(axis=0)) / X.std(axis=0)))


@pytest.mark.parametrize(
    "naive", [lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / np.exp(-z).sum()]
)
@pytest.mark.shows("overflow", 1)
def test_naive_forms_overflow_where_those_of_the_package_do_not(naive):
    z = np.array([-800.0, 1.0])
    assert calls("overflow", warning(lambda: naive(z)))
    assert np.isfinite(sigmoid(z)).all()
    assert np.isfinite(softmax(-z)).all()


@pytest.mark.shows("overflow", 2)
def test_inputs_that_are_not_scaled_make_inputs_of_units_huge():
    rng = np.random.default_rng(0)
    pixels = rng.uniform(size=(10, 784))
    W = rng.uniform(size=(784, 16))
    assert abs(255 * pixels @ W).max() > 10_000
    assert abs(pixels @ glorot(rng, 784, 16)).max() < 36
    assert calls("overflow", warning(lambda: 1 / (1 + np.exp(255 * pixels @ W))))


@pytest.mark.shows("shapes", 1)
def test_a_transpose_that_is_missing_is_refused():
    delta, W = np.ones((5, 3)), np.ones((4, 3))
    assert calls("shapes", message(ValueError, lambda: delta @ W))
    assert message(ValueError, lambda: np.dot(delta, W)).endswith("3 (dim 1) != 4 (dim 0)")
    assert "not aligned" in message(ValueError, lambda: np.dot(delta, W))
    assert (delta @ W.T).shape == (5, 4)


@pytest.mark.shows("shapes", 2)
def test_examples_in_columns_are_refused():
    X, W = np.ones((2, 50)), np.ones((2, 8))
    assert calls("shapes", message(ValueError, lambda: X @ W))
    assert calls("shapes", message(ValueError, lambda: X.T @ W + np.ones(50)))
    assert X.T.shape == (50, 2)


@pytest.mark.shows("shapes", 3)
def test_the_gradient_of_a_bias_that_is_not_summed_is_refused_in_place_alone():
    b, delta = np.zeros(3), np.ones((5, 3))

    def in_place(b):
        b -= delta

    said = message(ValueError, lambda: in_place(b))
    assert said.startswith("non-broadcastable output operand with shape")
    assert "doesn't match the broadcast shape" in said
    assert (b - delta).shape == (5, 3) != b.shape == delta.sum(axis=0).shape


def add_in_place(W):
    W += 0.1


@pytest.mark.shows("casting", 1)
def test_a_step_is_not_added_to_whole_numbers():
    said = message(TypeError, lambda: add_in_place(np.array([1, 2])))
    assert said == (
        "Cannot cast ufunc 'add' output from dtype('float64') to dtype('int64') "
        "with casting rule 'same_kind'"
    )
    assert calls("casting", said)
    W = np.array([1, 2], dtype=float)
    add_in_place(W)
    assert list(W) == [1.1, 2.1]


@pytest.mark.shows("casting", 2)
def test_arithmetic_of_pixels_wraps():
    X = np.array([200, 100], dtype=np.uint8)
    assert X[:1] + X[1:] == 44
    assert calls("casting", message(TypeError, lambda: add_in_place(X)))
    assert (X / 255).dtype == float


@pytest.mark.shows("sequence", 1)
def test_a_loss_that_is_an_array_is_stored_nowhere():
    def losses(p):
        return (p["w"] - np.arange(3)) ** 2

    def store():
        np.zeros(2)[0] = losses({"w": 1.0})

    assert np.shape(losses({"w": 1.0})) == (3,)
    assert calls("sequence", message(ValueError, store))
    assert calls("sequence", message(TypeError, lambda: float(losses({"w": 1.0}))))
    said = message(ValueError, lambda: compare_gradients(losses, lambda p: p, {"w": np.ones(3)}))
    assert calls("sequence", said)
    assert np.shape(losses({"w": 1.0}).mean()) == ()


@pytest.mark.shows("sequence", 2)
def test_rows_of_different_lengths_make_no_array():
    rows = [[1, 2], [3]]
    assert len({len(row) for row in rows}) == 2
    said = message(ValueError, lambda: np.array(rows))
    assert calls("sequence", said)
    assert "inhomogeneous shape after 1 dimensions" in said


@pytest.mark.shows("index", 1)
def test_labels_that_are_floating_point_numbers_are_no_indices():
    labels = np.array([0.0, 2.0])
    assert calls("index", message(IndexError, lambda: np.eye(3)[labels]))
    assert np.eye(3)[labels.astype(int)].shape == (2, 3)


@pytest.mark.shows("index", 2)
def test_labels_that_begin_at_1_are_out_of_bounds():
    labels = np.arange(1, 11)
    assert (labels.min(), labels.max()) == (1, 10)
    assert calls("index", message(IndexError, lambda: np.eye(10)[labels]))
    assert np.eye(10)[labels - 1].shape == (10, 10)


@pytest.mark.shows("truth-value", 1)
def test_a_choice_for_a_whole_array_is_ambiguous():
    z = np.array([-1.0, 2.0])
    assert calls("truth-value", message(ValueError, lambda: max(0, z)))
    assert list(np.maximum(z, 0)) == list(relu(z)) == [0, 2]
    assert list(np.where(z > 0, 1, 0)) == list(relu.derivative(relu(z))) == [0, 1]


@pytest.mark.shows("read-only", 1)
def test_a_trace_cannot_be_written_into():
    network = random_network(np.random.default_rng(0), (2, 3, 1), (tanh, sigmoid))
    trace = network.forward(datasets.xor().x)

    def write(a):
        a[0] = 0

    assert calls("read-only", message(ValueError, lambda: write(trace.a[1])))
    write(trace.a[1].copy())


class Node:
    """A number of an engine whose nodes carry the gradient on themselves."""

    def __init__(self, operand=None):
        self.operand = operand

    def backward(self):
        if self.operand:
            self.operand.backward()


@pytest.mark.shows("recursion", 1)
def test_a_long_graph_is_too_deep_for_recursion_and_not_for_a_stack():
    last = Node()
    for _ in range(20_000):
        last = Node(last)
    assert calls("recursion", message(RecursionError, last.backward))
    stack, seen = [last], 0
    while stack:
        node = stack.pop()
        seen += 1
        stack += [node.operand] if node.operand else []
    assert seen == 20_001


def test_a_loss_of_real_numbers_is_refused_as_the_page_says():
    assert calls("imaginary", message(TypeError, lambda: complex_step(np.abs, np.ones(()))))
