"""What the page of common mistakes says of each symptom, measured."""

import numpy as np
import pytest

from backprop import (
    Adam,
    GradientDescent,
    Layer,
    Network,
    binary_cross_entropy,
    central_difference,
    compare_gradients,
    complex_step,
    cross_entropy,
    datasets,
    glorot,
    identity,
    random_network,
    relative_error,
    relu,
    sigmoid,
    softmax,
    squared_error,
    tanh,
    train,
)

rng = np.random.default_rng(0)
N = 6
X, T = rng.normal(size=(N, 3)), np.eye(3)[rng.integers(0, 3, N)]
START = {
    "W1": rng.normal(size=(3, 4)),
    "b1": rng.normal(size=4),
    "W2": rng.normal(size=(4, 3)),
    "b2": rng.normal(size=3),
}


def run(p, f, last):
    a = f(X @ p["W1"] + p["b1"])
    return a, last(a @ p["W2"] + p["b2"])


def backward(p, a, delta, slope):
    """Gradients of a mean loss from dE/dz of the outputs, which are not divided by N yet."""
    delta = delta / N
    hidden = delta @ p["W2"].T * slope
    return {"W1": X.T @ hidden, "b1": hidden.sum(0), "W2": a.T @ delta, "b2": delta.sum(0)}


def squared(p, f=sigmoid.function):
    return ((run(p, f, sigmoid.function)[1] - T) ** 2).sum() / 2 / N


def squared_gradient(p):
    a, y = run(p, sigmoid, sigmoid)
    return backward(p, a, (y - T) * y * (1 - y), a * (1 - a))


def entropy(p):
    return -(T * np.log(run(p, sigmoid.function, softmax.function)[1])).sum() / N


def entropy_gradient(p):
    a, y = run(p, sigmoid, softmax)
    return backward(p, a, y - T, a * (1 - a))


def only_wrong(found):
    return {name for name, error in found.items() if error > 1e-12}


@pytest.mark.parametrize(
    ("loss", "gradient"), [(squared, squared_gradient), (entropy, entropy_gradient)]
)
def test_the_programs_that_are_spoiled_are_right(loss, gradient):
    assert not only_wrong(compare_gradients(loss, gradient, START))


def digits_as_pixels(size):
    """Ten rows of pixels from 0 to size each, none of them empty."""
    return size * np.random.default_rng(1).uniform(size=(10, 64))


def test_outputs_are_alike_where_pixels_to_255_meet_weights_that_are_all_positive():
    W_1, W_2 = np.random.default_rng(2).uniform(size=(64, 16)), np.eye(16)[:, :10]
    network = Network([Layer(W_1), Layer(W_2, None, softmax)], cross_entropy)
    trace = network.forward(digits_as_pixels(255))
    assert np.all(trace.a[1] == 1)
    assert len(np.unique(trace.output, axis=0)) == 1
    steps = network.backward(trace, np.eye(10)).steps(1.0)
    assert not steps.W[1].any()
    centered = Network([Layer(glorot(rng, 64, 16)), Layer(W_2, None, softmax)], cross_entropy)
    outputs = centered.forward(digits_as_pixels(1)).output
    assert len(np.unique(outputs, axis=0)) == 10


@pytest.mark.parametrize("hidden", [tanh, relu])
def test_without_biases_the_first_row_of_xor_stays_at_one_half(hidden):
    x, target = datasets.xor()
    for seed in range(5):
        network = random_network(
            np.random.default_rng(seed), (2, 8, 1), (hidden, sigmoid), binary_cross_entropy
        )
        for layer in network:
            layer.b = None
        train(network, x, target, epochs=300, optimizer=GradientDescent(0.5))
        trace = network.forward(x)
        assert trace.output[0] == 0.5
        assert network.backward(trace, target).loss >= np.log(2) / 4


def test_a_sigmoid_unit_stops_at_1_where_the_target_is_2():
    network = Network([Layer([[0.5]], [0.0])], squared_error)
    history = train(network, [[1.0]], [[2.0]], epochs=2000, optimizer=GradientDescent(10.0))
    output = network.forward([[1.0]]).output.item()
    assert 0.999 < output < 1
    assert history.losses[-1] == pytest.approx(0.5, abs=1e-3)
    linear = Network([Layer([[0.5]], [0.0], identity)], squared_error)
    train(linear, [[1.0]], [[2.0]], epochs=100, optimizer=GradientDescent(0.1))
    assert linear.forward([[1.0]]).output.item() == pytest.approx(2)


def test_the_loss_rests_near_log_K_where_labels_do_not_belong_to_inputs():
    K, data = 4, np.random.default_rng(0)
    inputs = data.normal(size=(400, 2))
    target = np.eye(K)[2 * (inputs[:, 0] > 0) + (inputs[:, 1] > 0)]
    last = {}
    for name, labels in [("right", target), ("shuffled", data.permutation(target))]:
        network = random_network(
            np.random.default_rng(1), (2, 4, K), (tanh, softmax), cross_entropy
        )
        history = train(network, inputs, labels, epochs=300, optimizer=GradientDescent(0.5))
        last[name] = history.losses[-1]
    assert last["right"] < 0.2 * np.log(K)
    assert 0.95 * np.log(K) < last["shuffled"] < 1.01 * np.log(K)


def test_the_slope_of_softmax_is_not_its_diagonal():
    def diagonal(p):
        a, y = run(p, sigmoid, softmax)
        return backward(p, a, -T / y * y * (1 - y), a * (1 - a))

    found = compare_gradients(entropy, diagonal, START)
    assert only_wrong(found) == set(START)
    assert min(found.values()) > 0.4
    assert all(cosine < 0.95 for cosine in found.cosines.values())


def test_a_softmax_over_all_numbers_of_a_batch_gives_rows_that_do_not_add_up():
    z = X @ START["W1"]
    over_all = np.exp(z) / sum(np.exp(z).ravel())
    assert over_all.sum() == pytest.approx(1)
    assert np.all(over_all.sum(1) < 1)
    assert np.allclose(softmax(z).sum(1), 1, rtol=1e-12, atol=0)


def test_a_slope_that_is_written_into_its_argument_spoils_the_next_layer():
    def slope_in_place(a):
        a[a > 0] = 1
        return a

    a = np.array([0.0, 2.0, 3.0])
    slope_in_place(a)
    assert list(a) == [0, 1, 1]

    def in_place(p):
        a, y = run(p, relu, sigmoid)
        slope = slope_in_place(a)
        return backward(p, a, (y - T) * y * (1 - y), slope)

    found = compare_gradients(lambda p: squared(p, relu.function), in_place, START)
    assert only_wrong(found) == {"W2"}


def test_the_error_of_the_output_without_its_slope_points_almost_the_same_way():
    """Of the last layer, the step is right; the error that goes on back has no slope in it."""

    def without(p):
        a, y = run(p, sigmoid, sigmoid)
        g, e = squared_gradient(p), (y - T) / N
        hidden = e @ p["W2"].T * a * (1 - a)
        return g | {"W1": X.T @ hidden, "b1": hidden.sum(0)}

    found = compare_gradients(squared, without, START)
    assert only_wrong(found) == {"W1", "b1"}
    assert found["W1"] > 0.7
    # y (1 - y) is 1/4 or less.
    assert found.factors["W1"] > 4 * found.cosines["W1"] > 3.2


@pytest.mark.parametrize("factor", [N, 1 / N])
def test_a_mean_that_is_missing_or_taken_twice_is_a_factor(factor):
    def spoiled(p):
        return {name: factor * g for name, g in squared_gradient(p).items()}

    found = compare_gradients(squared, spoiled, START)
    assert list(found.factors.values()) == pytest.approx([factor] * 4)
    assert list(found.values()) == pytest.approx([1 - 1 / N] * 4)


def test_a_mean_over_the_bias_alone_is_a_factor_of_it_alone():
    def mean(p):
        g = squared_gradient(p)
        return g | {"b1": g["b1"] / N}

    found = compare_gradients(squared, mean, START)
    assert only_wrong(found) == {"b1"}
    assert found.factors["b1"] == pytest.approx(1 / N)


def test_a_bias_step_that_is_one_number_is_refused_by_its_shape():
    with pytest.raises(ValueError, match=r"gradient of 'b1' must have the shape"):
        compare_gradients(
            squared, lambda p: squared_gradient(p) | {"b1": squared_gradient(p)["b1"].sum()}, START
        )


def test_a_penalty_on_biases_is_not_seen_where_they_are_0():
    def penalized(p):
        return squared(p) + 0.1 * (p["b1"] ** 2).sum()

    at_0 = START | {"b1": np.zeros(4)}
    assert not only_wrong(compare_gradients(penalized, squared_gradient, at_0))
    assert only_wrong(compare_gradients(penalized, squared_gradient, START)) == {"b1"}


def adam(kept, first, steps=600):
    """Adam on w^2 / 2 from 1, with or without the corrected means kept as the running ones."""
    w, m, v = 1.0, 0.0, 0.0
    for k in range(first, first + steps):
        m, v = 0.9 * m + 0.1 * w, 0.999 * v + 0.001 * w**2
        with np.errstate(invalid="ignore", over="ignore"):
            m_hat = np.float64(m) / (1 - 0.9**k)
            v_hat = np.float64(v) / (1 - 0.999**k)
            w = w - 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)
        if kept:
            m, v = m_hat, v_hat
    return w


def test_adam_hardly_moves_where_the_corrected_means_are_kept():
    assert abs(adam(kept=False, first=1)) < 0.01
    assert adam(kept=True, first=1, steps=10) == pytest.approx(0.987, abs=1e-3)
    assert adam(kept=True, first=1) == pytest.approx(0.987, abs=1e-3)
    optimizer, w = Adam(0.01), np.array([1.0])
    for _ in range(600):
        w = w + optimizer.step("w", -w)
    assert w.item() == pytest.approx(adam(kept=False, first=1), rel=1e-9)


def test_adam_is_nan_at_the_first_step_where_steps_are_counted_from_0():
    with np.errstate(divide="ignore"):
        assert np.isnan(adam(kept=False, first=0, steps=1))


def test_one_sided_differences_are_off_in_the_sixth_digit():
    def one_sided(f, w, h=1e-5):
        steps = h * np.eye(w.size).reshape(-1, *w.shape)
        return np.reshape([(f(w + step) - f(w)) / h for step in steps], w.shape)

    def along(W):
        return squared(START | {"W1": W})

    exact = complex_step(along, START["W1"])
    assert 1e-7 < relative_error(one_sided(along, START["W1"]), exact) < 1e-4
    assert relative_error(central_difference(along, START["W1"]), exact) < 1e-8
