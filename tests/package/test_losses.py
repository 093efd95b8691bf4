"""The losses and their output error terms, and how exact they are."""

import re

import numpy as np
import pytest
import references
from hypothesis import assume, given
from hypothesis import strategies as st

from backprop import (
    Layer,
    Loss,
    Network,
    binary_cross_entropy,
    cross_entropy,
    relative_error,
    sigmoid,
    softmax,
    squared_error,
)
from backprop.checking import complex_step
from backprop.losses import error, output_delta


def test_eq_squared_error():
    """Half the squares, summed over units, averaged over examples."""
    assert squared_error([0.5, 1.0], [1.0, -1.0]) == (0.25 + 4) / 2
    assert squared_error([[0.5], [1.0]], [[1.0], [-1.0]]) == (0.25 + 4) / 2 / 2
    # One example in a batch of one is the same example.
    assert squared_error([[0.5, 1.0]], [[1.0, -1.0]]) == squared_error([0.5, 1.0], [1.0, -1.0])


@pytest.mark.parametrize("shape", [(3,), (1, 3), (5, 3)])
def test_its_output_error_term_is_minus_dE_dz(shape):
    rng = np.random.default_rng(0)
    z, target = rng.normal(size=shape), rng.normal(size=shape)
    y = sigmoid(z)
    numerical = complex_step(lambda z: squared_error.of_output(sigmoid.function(z), target), z)
    assert relative_error(-output_delta(target - y, y, sigmoid), numerical) < 1e-14
    delta = sigmoid._pullback(squared_error.output_error(y, target), y)
    assert relative_error(-delta, numerical) < 1e-14


@pytest.mark.parametrize("target", [[1.0], [[1.0, 2.0]], 1.0, [1.0, 2.0, 3.0]], ids=str)
def test_shapes_are_not_broadcast(target):
    with pytest.raises(ValueError, match=r"target must have the shape of the output, \(2,\)"):
        squared_error([1.0, 2.0], target)


LOSSES = pytest.mark.parametrize(
    "loss", [squared_error, binary_cross_entropy, cross_entropy], ids=str
)


@LOSSES
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.longdouble])
def test_what_is_not_finite_is_refused(loss, bad, dtype):
    good, wrong = np.array([0.25, 0.75], dtype), np.array([0.25, bad], dtype)
    with pytest.raises(ValueError, match=rf"output must be finite, but holds {bad} at \(1,\)"):
        loss(wrong, good)
    with pytest.raises(ValueError, match=rf"target must be finite, but holds {bad} at \(1,\)"):
        loss(good, wrong)


@LOSSES
@pytest.mark.parametrize(
    "value", [[1j, 0], [True, False], ["a", "b"], [None, 1], [10**30, 1], None], ids=str
)
def test_anything_but_real_numbers_is_refused(loss, value):
    with pytest.raises(TypeError, match="output must hold real numbers, not "):
        loss(value, [0.25, 0.75])
    with pytest.raises(TypeError, match="target must hold real numbers, not "):
        loss([0.25, 0.75], value)


@LOSSES
@pytest.mark.parametrize("empty", [[], [[]], np.zeros((0, 2))], ids=str)
def test_an_empty_batch_is_refused(loss, empty):
    with pytest.raises(ValueError, match="output must not be empty, but has shape"):
        loss(empty, empty)


@LOSSES
@pytest.mark.parametrize("dtype", "int8 uint8 int16 uint16 int32 uint32 int64 uint64".split())
def test_integers_may_be_targets(loss, dtype):
    """Differences of unsigned integers would be large, had they not become float64."""
    output = np.array([[0.25, 0.75], [0.5, 0.5]])
    target = np.array([[0, 1], [1, 0]], dtype)
    assert loss(output, target) == loss(output, target.astype(np.float64))
    if loss is squared_error:
        assert loss(target, target[::-1]) == 1


@LOSSES
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_any_precision_may_be_an_output(loss, dtype):
    output, target = np.array([[0.25, 0.75]], dtype), np.array([[0, 1]], dtype)
    expected = loss(np.float64(output), np.float64(target))
    assert loss(output, target) == pytest.approx(
        expected, rel=4 * max(float(np.finfo(dtype).eps), 1e-16)
    )
    assert loss.output_error(output, target).dtype == dtype


def targets(dtype, n):
    """Numbers from 0 to 1, and most often these two."""
    inside = references.numbers(dtype, min_value=0, max_value=1)
    return st.lists(st.sampled_from([0, 1]) | inside, min_size=n, max_size=n).map(
        lambda drawn: np.array(drawn, dtype)
    )


def loss_at(loss, z, target):
    """Loss of a network whose output units have the input z."""
    layer = Layer(np.eye(len(z), dtype=z.dtype), activation=loss.activation)
    network = Network([layer], loss)
    return z.dtype.type(network.backward(network.forward(z), target).loss)


def is_a_number_of(exact, dtype):
    return exact < float(np.finfo(dtype).max) / 2


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@given(data=st.data())
def test_eq_binary_cross_entropy(dtype, data):
    """To 6 units in the last place, however saturated the output is."""
    z = data.draw(references.rows(dtype))
    target = data.draw(targets(dtype, len(z)))
    exact = references.binary_cross_entropy(z, target)
    assume(is_a_number_of(exact, dtype))
    assert references.ulps(loss_at(binary_cross_entropy, z, target), exact) < 6


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@given(data=st.data())
def test_eq_cross_entropy(dtype, data):
    """To 6 units in the last place, however saturated the output is."""
    z = data.draw(references.rows(dtype))
    target = data.draw(targets(dtype, len(z)))
    # A sum of 0 cannot be brought to 1, and numbers far apart leave the largest alone.
    target = target / target.sum() if target.sum() else np.eye(len(z), dtype=dtype)[0]
    exact = references.cross_entropy(z, target)
    assume(is_a_number_of(exact, dtype))
    assert references.ulps(loss_at(cross_entropy, z, target), exact) < 6


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", [binary_cross_entropy, cross_entropy], ids=str)
@given(data=st.data())
def test_the_loss_of_an_output_is_exact_too(loss, dtype, data):
    """To 6 units in the last place, for outputs next to 0 and next to 1."""
    y = data.draw(references.rows(dtype, min_value=0, max_value=1))
    right = data.draw(st.integers(0, len(y) - 1))
    target = np.eye(len(y), dtype=dtype)[right]
    exact = getattr(references, f"{loss.name}_of_output")(y, target)
    assert references.ulps(dtype(loss.of_output(y, target)), exact) < 6


@pytest.mark.parametrize("loss", [binary_cross_entropy, cross_entropy], ids=str)
def test_the_loss_of_an_output_is_that_of_its_input(loss):
    rng = np.random.default_rng(0)
    z, target = rng.normal(size=(5, 4)), softmax(rng.normal(size=(5, 4)))
    by_input = loss.of_input(z, target)
    assert loss(loss.activation(z), target) == pytest.approx(by_input, rel=1e-14)


@pytest.mark.parametrize("loss", [binary_cross_entropy, cross_entropy], ids=str)
def test_eq_cross_entropy_delta(loss):
    """The error term is minus dE/dz, which complex-step differentiation knows."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(4, 3))
    target = softmax.function(rng.normal(size=(4, 3)))
    delta = loss.output_error(loss.activation.function(z), target)
    numerical = complex_step(lambda z: loss.of_input(z, target), z)
    assert relative_error(-delta, numerical) < 1e-12
    assert relative_error(delta, (target - loss.activation.function(z)) / 4) < 1e-15


def test_a_loss_of_outputs_is_that_of_their_inputs():
    y, t = np.array([[0.2, 0.5, 0.3]]), np.array([[0.0, 1.0, 0.0]])
    assert cross_entropy(y, t) == pytest.approx(-np.log(0.5), rel=1e-15)
    expected = -np.log(0.8) - np.log(0.5) - np.log(0.7)
    assert binary_cross_entropy(y, t) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("n", [2, 3, 10, 100])
def test_targets_may_miss_a_sum_of_1_by_rounding_alone(dtype, n):
    # Square roots fill the last places of any type.
    numbers = np.sqrt(np.random.default_rng(0).uniform(size=(1000, n)).astype(dtype))
    target = numbers / numbers.sum(axis=1, keepdims=True)
    assert (target.sum(axis=1) != 1).any()
    cross_entropy.require_target(target)
    target[7] *= 1 - 3 * n * np.finfo(dtype).eps
    for wrong in (target, target[7]):
        with pytest.raises(ValueError, match="target must add up to 1 for each example, but one"):
            cross_entropy.require_target(wrong)


def test_targets_that_were_rounded_to_float32_may_be_targets():
    numbers = np.random.default_rng(0).uniform(size=(1000, 10))
    exact = numbers / numbers.sum(axis=1, keepdims=True)
    rounded = exact.astype(np.float32)
    assert (rounded.sum(axis=1) != 1).any()
    cross_entropy.require_target(rounded)
    # In float64, to miss by as much is a mistake.
    with pytest.raises(ValueError, match=r"for each example, but one is off by 1\.0e-07"):
        cross_entropy.require_target(exact * (1 - 1e-7))


def test_what_the_losses_refuse():
    with pytest.raises(ValueError, match="target must lie between 0 and 1"):
        binary_cross_entropy([0.5], [1.5])
    with pytest.raises(ValueError, match="target must add up to 1"):
        cross_entropy([0.5, 0.5], [1.0, 1.0])
    with pytest.raises(ValueError, match="target must lie between 0 and 1"):
        binary_cross_entropy([0.5], [-0.5])
    for beyond in (1.5, -0.5):
        with pytest.raises(ValueError, match="output must lie between 0 and 1"):
            binary_cross_entropy([beyond], [1.0])
    with pytest.raises(
        ValueError, match="cross_entropy needs softmax units in the last layer, not"
    ):
        Network([Layer([[1.0]])], cross_entropy)
    with pytest.raises(TypeError, match="softmax has no slope per unit"):
        softmax.derivative(np.ones(2))
    parts = {"of_output": len, "output_error": len, "activation": sigmoid, "of_input": len}
    for function in ("of_output", "output_error", "of_input"):
        with pytest.raises(TypeError, match=f"{function} must be a function of arrays, not 3"):
            Loss("mine", **{**parts, function: 3})
    with pytest.raises(
        TypeError, match="activation must be an Activation such as tanh, not <ufunc"
    ):
        Loss("mine", len, len, np.tanh, len)
    for alone in ("activation", "of_input"):
        with pytest.raises(ValueError, match="activation and of_input must both be given, or nei"):
            Loss("mine", **{**parts, alone: None})


@pytest.mark.parametrize(
    ("loss", "output", "target", "value"),
    [
        (cross_entropy, [1, 0], [1, 0], 0),
        (cross_entropy, softmax([0, -800]), [1, 0], 0),
        (cross_entropy, [[1, 0], [0, 1]], [[1, 0], [0, 1]], 0),
        (cross_entropy, [0.5, 0.5, 0], [1, 0, 0], np.log(2)),
        (binary_cross_entropy, [1], [1], 0),
        (binary_cross_entropy, [0], [0], 0),
        (binary_cross_entropy, [1, 0.5], [1, 0], np.log(2)),
        (binary_cross_entropy, sigmoid([37.0]), [1], 0),
    ],
)
def test_an_output_that_is_0_or_1_where_it_should_be_adds_nothing(loss, output, target, value):
    found = loss(output, target)
    assert found == pytest.approx(value, rel=1e-15, abs=0)
    assert not np.signbit(found)


@pytest.mark.parametrize(
    ("loss", "output", "target"),
    [
        (cross_entropy, [1, 0], [0, 1]),
        (cross_entropy, [1, 0], [0.5, 0.5]),
        (binary_cross_entropy, [1], [0]),
        (binary_cross_entropy, [0], [1]),
        (binary_cross_entropy, [0], [0.5]),
        (binary_cross_entropy, [1], [0.5]),
        (squared_error, [1e200], [0]),
    ],
)
def test_a_loss_that_is_infinite_is_refused(loss, output, target):
    with pytest.raises(ValueError, match="output must not be so far from the target that the loss"):
        loss(output, target)


@pytest.mark.parametrize("wrong", [[0.9, 0.9], [0.333, 0.333, 0.333], [0.5, 0.49999]], ids=str)
def test_outputs_of_softmax_add_up_to_1(wrong):
    target = np.eye(len(wrong))[0]
    with pytest.raises(ValueError, match="output must add up to 1 for each example, but one is"):
        cross_entropy(wrong, target)
    assert binary_cross_entropy(wrong, target) > 0


def test_outputs_that_were_float32_may_be_outputs():
    rng = np.random.default_rng(0)
    y = softmax(rng.normal(size=(1000, 10)).astype(np.float32))
    target = np.eye(10)[rng.integers(10, size=1000)]
    single = cross_entropy(y, target)
    assert (np.float64(y).sum(axis=1) != 1).any()
    assert cross_entropy(np.float64(y), target) == single


@LOSSES
@pytest.mark.parametrize("shape", [(), (1, 2, 2)], ids=str)
def test_an_output_is_one_example_or_a_batch(loss, shape):
    with pytest.raises(ValueError, match=r"output must have shape \(n_L,\) or \(N, n_L\), not "):
        loss(np.full(shape, 0.5), np.full(shape, 0.5))


def test_a_number_is_no_target_of_probabilities():
    with pytest.raises(ValueError, match=r"target must have shape .* but is a number"):
        binary_cross_entropy.require_target(0.5)


@pytest.mark.parametrize(
    ("dtype", "output", "loss"), [(np.float16, 300, 45000), (np.float32, 2.0**70, 2.0**139)]
)
def test_losses_are_computed_in_float64(dtype, output, loss):
    """Where the square is no number of the smaller type, and to its last digit."""
    output = np.array([output], dtype)
    assert squared_error(output, np.zeros(1, dtype)) == loss
    assert squared_error.of_output(output, np.zeros(1, dtype)) == loss
    tenth, target = np.full(10, 0.1, dtype), np.zeros(10, dtype)
    assert squared_error.of_output(tenth, target) == pytest.approx(
        5 * float(dtype(0.1)) ** 2, rel=1e-15
    )


@LOSSES
@given(data=st.data())
def test_a_loss_in_float32_is_that_of_its_numbers(loss, data):
    z = data.draw(references.rows(np.float32, min_value=-80, max_value=80))
    target = np.eye(len(z), dtype=np.float32)[data.draw(st.integers(0, len(z) - 1))]
    of, known = (loss.of_output, sigmoid(z)) if loss.of_input is None else (loss.of_input, z)
    assert of(known, target) == of(np.float64(known), np.float64(target))


@pytest.mark.parametrize(("named", "axes"), [("output", (5, 5)), ("target", (1, 5))])
def test_an_array_of_another_rank_is_named(named, axes):
    said = f"{named} must have 1 or 2 or 3 or 4 axes, not shape (1, 1, 1, 1, 1)"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        error(*(np.ones((1,) * each) for each in axes))


def test_probabilities_add_up_to_1_but_for_a_last_digit_of_each():
    eps = np.finfo(float).eps
    cross_entropy.require_target([0.5, 0.5 + 2 * eps])
    with pytest.raises(ValueError, match=r"^target must add up to 1"):
        cross_entropy.require_target([0.5, 0.5 + 4 * eps])
    with pytest.raises(ValueError, match=r"^target must be finite"):
        squared_error.require_target([0.5, np.nan])
