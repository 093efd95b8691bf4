"""What the chapters say of many starts is what the benchmark found, and finds again."""

import ast
import json
import math
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from backprop import (
    GRU,
    LSTM,
    BatchNormalization,
    GradientDescent,
    Layer,
    Network,
    RecurrentLayer,
    Units,
    binary_cross_entropy,
    datasets,
    glorot,
    identity,
    random_network,
    sigmoid,
    tanh,
    train,
)
from backprop.chain import Chain
from benchmarks import images, language, memory, starts
from book.source import fences

ROOT = Path(__file__).parents[2]
FOUND = json.loads((starts.measuring.RESULTS / "starts.json").read_text(encoding="utf-8"))


def literals(page):
    """The constants that the snippets of a page give a name."""
    found = {}
    for snippet in fences.read(ROOT / "docs" / page):
        for statement in ast.parse(snippet.code).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                try:
                    found[statement.targets[0].id] = ast.literal_eval(statement.value)
                except ValueError:
                    continue
    return found


def middle_and_range(losses, digits):
    return [float(f"{each:{digits}}") for each in (median(losses), min(losses), max(losses))]


def test_chapter_9_says_what_its_readers_got_right():
    said = literals("reading-digits.md")
    assert said["right_of_360"] == FOUND["digits"]["validation"]
    assert [list(each) for each in said["others"]] == FOUND["digits"]["test"]


def test_chapter_10_says_the_losses_of_ten_layers():
    assert literals("when-learning-stalls.md")["layers"] == {
        (name, method): [each["rate"], *middle_and_range(each["losses"], ".3f")]
        for name, methods in FOUND["layers"].items()
        for method, each in methods.items()
    }


def test_chapter_10_says_how_many_units_are_dead():
    said = literals("when-learning-stalls.md")["twenty_starts"]
    for rate, ends in FOUND["dead"].items():
        _, dead, losses = zip(*ends, strict=True)
        assert len(ends) == 20
        assert said[float(rate)] == [
            (median(dead), min(dead), max(dead)),
            tuple(middle_and_range(losses, ".2g")),
        ]


def test_chapter_10_counts_the_losses_that_do_not_tell():
    small, large = (np.array(FOUND["dead"][rate])[:, 2] for rate in ("0.1", "3.0"))
    assert np.sum(large < small) == 18


def test_normalization_says_the_losses_of_ten_layers():
    assert literals("normalization.md")["ten_layers"] == {
        (name, kind): [each["rate"], *middle_and_range(each["losses"], ".2g")]
        for name, kinds in FOUND["normalized"].items()
        for kind, each in kinds.items()
    }


def test_normalized_networks_of_the_benchmark_are_those_of_the_package():
    """One start, at a rate at which rounding is not multiplied; the loss is that of the batch."""
    rng = np.random.default_rng(12)
    x, target = datasets.two_moons(50, 0.15, rng)
    layers = []
    for m in [2] + [20] * 8:
        dense = Layer(glorot(rng, m, 20), None, identity)
        layers += [dense, BatchNormalization(np.ones(20), np.zeros(20)), Units(tanh)]
    network = Network(
        [*layers, Layer(glorot(rng, 20, 1), np.zeros(1), sigmoid)], binary_cross_entropy
    )
    train(network, x, target, epochs=150, optimizer=GradientDescent(0.01))
    output, _ = Chain(*network).training_forward(x)
    found = starts.ten_layers("tanh, Glorot", "batch", 0.01, [12])
    np.testing.assert_allclose(binary_cross_entropy(output, target), found[0], rtol=1e-5)


def test_a_hundred_layers_says_the_losses_of_schedules():
    said = literals("a-hundred-layers.md")["schedules"]
    assert said == {
        (name, "wild" if wild else "right", method): [rate, *middle_and_range(losses, ".2g")]
        for name, wild, method, rate, losses in FOUND["schedules"]
    }


def test_a_hundred_layers_says_what_a_warm_up_does_at_large_rates():
    medians = {}
    for name, method, rate, losses in FOUND["large rates"]:
        assert rate == starts.LARGE_RATES[name]
        medians[name, method] = float(f"{np.median(losses):.2g}")
    assert literals("a-hundred-layers.md")["large"] == {
        name: (medians[name, "falling"], medians[name, "warm-up, falling"])
        for name in starts.LARGE_RATES
    }


def test_chapter_16_says_which_starts_count():
    said = literals("backpropagation-through-time.md")["twenty_starts"]
    assert said == [tuple(round(share, 3) for share in each) for each in FOUND["parity"]]


def test_memory_says_which_starts_remember():
    said = literals("memory.md")["first_of_30"]
    assert said == {name: (each["rate"], each["right"]) for name, each in FOUND["memory"].items()}


def test_the_chapter_on_a_language_model_says_its_losses():
    said, found = literals("language-model.md"), dict(FOUND["text"])
    assert said["twenty_starts"] == found.pop("right")
    assert said["faulty"] == {name: [tuple(each) for each in ends] for name, ends in found.items()}


def test_faster_descent_says_the_losses_of_the_sine():
    assert literals("faster-descent.md")["sine"] == {
        name: [tuple(each["settings"]), *middle_and_range(each["losses"], ".4g")]
        for name, each in FOUND["race"].items()
    }


def test_faster_descent_counts_first_and_last_places():
    losses = np.array([each["losses"] for each in FOUND["race"].values()])
    first, last = np.argmin(losses, axis=0), np.argmax(losses, axis=0)
    assert list(FOUND["race"]) == ["gradient descent", "momentum", "Nesterov", "RMSProp", "Adam"]
    assert np.bincount(first, minlength=5).tolist() == [0, 0, 3, 5, 4]
    assert np.sum(last == 0) == 9


def test_images_says_what_was_read_in_place_and_moved():
    said = literals("images.md")
    for i, name in enumerate(("right_of_360", "right_of_1440")):
        right = {each: [pair[i] for pair in its["test"]] for each, its in FOUND["images"].items()}
        assert said[name] == right
    rates = {name: its["rate"] for name, its in FOUND["images"].items()}
    assert rates == {name: 2.0 if name == "unshared" else 0.5 for name in images.SETTINGS}


def test_the_unshared_network_sees_what_the_convolutional_one_does():
    """With the same kernel at each place, both are one layer; its step is the sum over places."""
    rng = np.random.default_rng(0)
    a, shared = rng.normal(size=(3, 1, 8, 8)), images.convolutional(rng)[1]
    w = np.tile(shared.w.reshape(12, 9).T[:, :, np.newaxis, np.newaxis], (1, 1, 6, 6))
    y, pullback = shared.forward(a)
    y_unshared, pullback_unshared = images.Unshared(w, np.zeros((12, 6, 6))).forward(a)
    np.testing.assert_allclose(y_unshared, y, rtol=1e-12)
    e = rng.normal(size=y.shape)
    (e_in, of_shared), (e_in_unshared, of_unshared) = pullback(e), pullback_unshared(e)
    np.testing.assert_allclose(e_in_unshared, e_in, rtol=1e-12, atol=1e-14)
    summed = of_unshared["w"].sum(axis=(2, 3)).T.reshape(12, 1, 3, 3)
    np.testing.assert_allclose(summed, of_shared["w"], rtol=1e-12)
    np.testing.assert_allclose(of_unshared["b"].sum(axis=(1, 2)), of_shared["b"], rtol=1e-12)


@pytest.mark.parametrize("name", ["dense", "convolution", "convolution, copies"])
def test_the_same_images_are_read_again(name):
    found, seed = FOUND["images"][name], images.SHOW[0]
    np.testing.assert_allclose(images.tested(name, found["rate"], seed), found["test"][0], atol=3)


@pytest.mark.parametrize("name", ["16, as they are", "128, as they are"])
def test_the_same_digits_are_read_again(name):
    assert starts.validated(0, *starts.READERS[name]) == FOUND["digits"]["validation"][name][0]


@pytest.mark.parametrize(("rate", "seed"), [(0.1, 0), (1.0, 1), (3.0, 4)])
def test_as_many_units_die_again(rate, seed):
    *dead, loss = starts.dying(rate, seed)
    *found, loss_found = FOUND["dead"][str(rate)][seed]
    assert dead == found
    assert math.isclose(loss, loss_found, rel_tol=1e-3)


@pytest.mark.parametrize("seed", [2, 17])
def test_a_start_counts_or_not_again(seed):
    assert starts.counted(seed) == pytest.approx(FOUND["parity"][seed], abs=0.005)


@pytest.mark.parametrize(("name", "seeds"), [("simple", (7, 8)), ("LSTM, bias 3", (6,))])
def test_a_start_remembers_or_not_again(name, seeds):
    found = FOUND["memory"][name]
    shares = memory.remembered(seeds, found["rate"], **memory.LAYERS[name])
    assert [share > 0.95 for share in shares] == [found["right"][s - 6] > 0.95 for s in seeds]


@pytest.mark.parametrize(
    ("kind", "layer"), [("simple", RecurrentLayer), ("LSTM", LSTM), ("GRU", GRU)]
)
def test_a_stack_of_layers_has_the_steps_of_each(kind, layer):
    rngs = [np.random.default_rng(seed) for seed in (1, 2)]
    each = [memory.start(kind, rng, bias=1.0) for rng in rngs]
    p = {name: np.stack([one[name] for one in each]) for name in each[0]}
    x, t = (np.stack(both) for both in zip(*(memory.sequences(5, 7, r) for r in rngs), strict=True))
    stacked = memory.downhill(kind, p, x, t, over=7)
    for k, one in enumerate(each):
        hidden = layer(one["W"], one["V"], one["b"][0], every_time_step=False)
        output = Layer(one["W_2"], one["b_2"][0], sigmoid)
        network = Network([hidden, output], binary_cross_entropy)
        steps = network.backward(network.forward(x[k]), t[k]).steps(1.0)
        for name in "WVb":
            found = stacked[name][k].reshape(steps[name, 1].shape)
            np.testing.assert_allclose(found, steps[name, 1], rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(stacked["W_2"][k], steps["W", 2], rtol=1e-10)


@pytest.mark.parametrize("fault", ["", "no mask", "as output only"])
def test_the_same_text_is_learned_again(fault):
    found = FOUND["text"][fault][0] if fault else [FOUND["text"]["right"][0]] * 2
    assert language.learned(0, fault) == pytest.approx(found, rel=1e-3)


STEADY = {
    "sigmoid, Glorot": (0, 1),
    "tanh, Glorot": (3,),
    "ReLU, Glorot": (4, 7),
    "ReLU, He": (1, 9),
}
"""Of each kind of network, starts whose last loss does not change with the last digit of a weight.

At these rates many others do, so that no two processors need to find the same."""


@pytest.mark.parametrize("name", starts.DEEP)
def test_ten_layers_end_at_the_same_loss_again(name):
    found = FOUND["layers"][name]["gradient descent"]
    for i in STEADY[name]:
        loss = starts.deep(name, GradientDescent(found["rate"]), starts.SHOW[i])
        assert math.isclose(loss, found["losses"][i], rel_tol=1e-3)


@pytest.mark.parametrize("name", starts.METHODS)
def test_the_sine_ends_at_the_same_loss_again(name):
    found, (method, _) = FOUND["race"][name], starts.METHODS[name]
    seeds = starts.SHOW[:2]
    losses = starts.sines(method(*found["settings"]), seeds)
    np.testing.assert_allclose(losses, found["losses"][:2], rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("name", "settings"), [("Nesterov", (0.1, 0.9)), ("Adam", (0.02, 0.9, 0.999))]
)
def test_a_stack_of_networks_learns_as_one_does(name, settings):
    method, _ = starts.METHODS[name]
    seeds, alone = (3, 4), []
    x = np.linspace(-1, 1, 40)[:, np.newaxis]
    for seed in seeds:
        rng = np.random.default_rng(seed)
        network = random_network(rng, (1, 16, 16, 1), (tanh, tanh, identity))
        one = {"epochs": 30, "optimizer": method(*settings), "batch_size": 8, "rng": rng}
        history = train(network, x, np.sin(4 * x), **one)
        alone.append(history.losses[-1])
    np.testing.assert_allclose(starts.sines(method(*settings), seeds), alone, rtol=1e-9, atol=0)
