"""On random networks the doctor names what was done, calls right what is right, or says nothing."""

from collections import Counter

import numpy as np
import pytest

from backprop import Layer, Network, diagnose, random_network, softmax, tanh
from benchmarks import doctor

FIRST = 100_000
"""The seeds from here on are not those of the benchmark."""


def test_right_gradients_are_called_right_in_every_convention():
    for case, _, diagnosis in doctor.trials(60, 0, FIRST):
        assert diagnosis.verdict == "right", (case, str(diagnosis))


@pytest.mark.parametrize(("mistakes", "number"), [(1, 60), (2, 20)])
def test_mistakes_made_by_another_program_are_named(mistakes, number):
    came = Counter()
    for case, made, diagnosis in doctor.trials(number, mistakes, FIRST):
        said = doctor.outcome(case, made, diagnosis)
        assert said != "wrongly named", (sorted(made, key=str), str(diagnosis))
        came[said] += 1
    assert came["named"] >= 0.95 * number, came


def test_what_is_not_known_gets_no_name():
    for name, case, arrays, diagnosis in doctor.held_out(1, FIRST):
        if diagnosis.mistakes:
            assert doctor.explains(case, arrays, diagnosis.mistakes), (name, str(diagnosis))
        else:
            assert diagnosis.verdict == "unknown", (name, str(diagnosis))


def small(activations=(tanh, tanh), seed=0):
    rng = np.random.default_rng(seed)
    network = random_network(rng, (3, 4, 2), activations)
    x, t = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
    return network, x, t, dict(network.gradient(x, t))


def test_units_of_softmax_may_be_hidden():
    network, x, t, gradient = small((softmax, tanh))
    assert diagnose(network, x, t, gradient).verdict == "right"
    y = network.predict(x)
    delta = (t - y) * (1 - y**2) / len(x)
    hidden = delta @ network[2].W.T
    dropped = {"W1": -x.T @ hidden, "b1": -hidden.sum(axis=0)}
    said = diagnose(network, x, t, {**{f"{k}2": gradient[k, 2] for k in "Wb"}, **dropped})
    assert said.mistakes == ("the slope of the activation is dropped, in layer 1",)


def test_a_gradient_of_zeros_is_right_where_it_is_right():
    network, x, t, gradient = small()
    zeros = {key: 0 * array for key, array in gradient.items()}
    assert diagnose(network, x, network.predict(x), zeros).verdict == "right"
    assert diagnose(network, x, t, zeros).verdict == "unknown"


def test_a_number_alone_is_explained_by_nothing_unless_it_is_right():
    network = Network([Layer([[0.3]])])
    right = dict(network.gradient([[1.0]], [[0.5]]))
    assert diagnose(network, [[1.0]], [[0.5]], right).verdict == "right"
    said = diagnose(network, [[1.0]], [[0.5]], {"W1": [[0.12345]]})
    assert said.verdict == "unknown"
    assert "too few numbers" in str(said)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_numbers_of_few_bits_are_said_to_be_rounded(dtype):
    network, x, t, gradient = small()
    said = diagnose(network, x, t, {key: array.astype(dtype) for key, array in gradient.items()})
    assert said.verdict == "right"
    assert said.conventions[-1].startswith("the numbers have been rounded, as in float32")
    assert ("float16" in said.conventions[-1]) == (dtype is np.float16)


def test_lists_of_layers_and_names_with_grad_are_understood():
    network, x, t, gradient = small()
    layers = [[gradient["W", l].tolist(), gradient["b", l].tolist()] for l in (1, 2)]
    names = {f"{name}{l}_grad": array for (name, l), array in gradient.items()}
    for given in (layers, names):
        assert diagnose(network, x, t, given).verdict == "right"
    with pytest.raises(ValueError, match="one array each, not two"):
        diagnose(network, x, t, {"W1": gradient["W", 1], "dW1": 2 * gradient["W", 1]})
    with pytest.raises(ValueError, match="must not be empty"):
        diagnose(network, x, t, [[], []])


def test_a_penalty_that_is_not_summed_with_the_loss_is_a_convention():
    network, x, t, gradient = small()
    arrays = {
        key: len(x) * array + (0.1 * network[key[1]].W if key[0] == "W" else 0)
        for key, array in gradient.items()
    }
    said = diagnose(network, x, t, arrays, weight_decay=0.1)
    assert said.verdict == "right"
    assert "the penalty is counted once, and not multiplied with the loss" in said.conventions


def test_weights_may_have_been_updated_by_the_sum_over_the_examples():
    network, x, t, _ = small()
    a, y = tanh(x @ network[1].W + network[1].b), network.predict(x)
    delta = (t - y) * (1 - y**2)
    step = 0.2 * a.T @ delta
    hidden = delta @ (network[2].W + step).T * (1 - a**2)
    said = diagnose(network, x, t, [0.2 * x.T @ hidden, step], learning_rate=0.2)
    assert "over weights that have been updated already" in said.mistakes[0]


def test_where_all_weights_are_square_both_ways_to_lie_are_named():
    rng = np.random.default_rng(1)
    network = random_network(rng, (3, 3, 3), (tanh, tanh))
    x, t = rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))
    arrays = dict(network.gradient(x, t))
    arrays["W", 1] = arrays["W", 1].T
    said = diagnose(network, x, t, arrays)
    named = [said.mistakes, *said.alternatives]
    assert any("W_1 is transposed" in its[0] for its in named)
    assert any(its[0].startswith("W_2 is transposed (weights have shape") for its in named)
