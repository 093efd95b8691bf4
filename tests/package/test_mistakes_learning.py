"""What the page of common mistakes says of networks that do not learn, or learn badly, measured."""

import numpy as np
import pytest

from backprop import (
    Adam,
    BatchNormalization,
    Dropout,
    GradientDescent,
    Layer,
    Network,
    binary_cross_entropy,
    check_gradient,
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
from backprop.rules import momentum_step

rng = np.random.default_rng(0)


def examples(n=60, K=3, seed=0):
    """Points and their classes: two numbers, of which the second tells only some classes apart."""
    x = np.random.default_rng(seed).normal(size=(n, 2))
    labels = (x[:, 0] > 0) * (1 + (x[:, 1] > 0))
    return x, np.eye(K)[labels]


def classifier(hidden=tanh, seed=0):
    return random_network(np.random.default_rng(seed), (2, 8, 3), (hidden, softmax), cross_entropy)


def losses(network, x, target, rate, epochs=20, **settings):
    optimizer = GradientDescent(rate)
    return train(network, x, target, epochs=epochs, optimizer=optimizer, **settings).losses


@pytest.mark.shows("loss-stays", 1)
def test_ten_times_a_rate_that_is_far_too_small_falls_ten_times_as_fast():
    x, target = examples()
    fall = {}
    for rate in (1e-5, 1e-4):
        first, *_, last = losses(classifier(), x, target, rate)
        fall[rate] = first - last
        assert fall[rate] < 1e-2 * first
    assert fall[1e-4] / fall[1e-5] == pytest.approx(10, rel=0.05)


@pytest.mark.shows("loss-stays", 2)
def test_the_loss_rises_at_every_step_uphill():
    x, target = examples()
    network = classifier()
    seen = []
    for _ in range(20):
        seen.append(network.loss_of(x, target))
        gradient = network.gradient(x, target)
        network.apply({name: 0.01 * g for name, g in gradient.items()})
    assert np.all(np.diff(seen) > 0)


@pytest.mark.shows("loss-stays", 3)
def test_a_name_that_is_bound_anew_leaves_the_list_as_it_was():
    weights = [np.ones(2), np.ones(2)]
    before = weights[0].copy()
    for W in weights:
        W = W - 0.1
    assert np.array_equal(weights[0], before)
    for W in weights:
        W -= 0.1
    assert np.allclose(weights[0], 0.9)


@pytest.mark.shows("loss-stays", 4)
def test_whole_numbers_cut_a_step_off():
    W = np.array([1, -2])
    W[:] = W + np.array([0.3, -0.3])
    assert list(W) == [1, -2]
    assert W.dtype.kind == "i"


@pytest.mark.shows("loss-stays", 5)
@pytest.mark.shows("dead", 1)
def test_dead_units_get_no_step():
    x, target = examples()
    network = classifier(relu)
    network.layers[0].b[:] = -100
    trace = network.forward(x)
    assert np.all((trace.a[1] == 0).sum(axis=0) == len(x))
    assert not network.backward(trace, target).steps(1.0).W[1].any()


@pytest.mark.shows("outputs-alike", 1)
def test_a_target_without_a_second_axis_makes_outputs_the_mean_of_all_targets():
    x, t = examples()[0], np.linspace(-1, 1, 60)
    X = np.column_stack([x, np.ones(60)])
    w = np.array([[1.0], [-1.0], [0.5]])
    assert (t - X @ w).shape == (60, 60)
    for _ in range(2000):
        e = t - X @ w
        w = w + 0.1 * X.T @ e.mean(axis=1, keepdims=True) / 60
    assert np.ptp(X @ w) < 1e-6
    assert np.allclose(X @ w, t.mean(), atol=1e-6)


@pytest.mark.shows("outputs-alike", 3)
def test_outputs_are_the_bias_where_all_relu_units_are_dead():
    network = classifier(relu)
    network.layers[0].b[:] = -100
    trace = network.forward(examples()[0])
    assert trace.a[1].min() == trace.a[1].max() == 0
    assert len(np.unique(trace.output, axis=0)) == 1


@pytest.mark.shows("log-k", 2)
def test_outputs_that_are_the_same_give_log_K_where_classes_are_as_frequent():
    K = 4
    target = np.eye(K)[np.arange(40) % K]
    network = Network([Layer(np.zeros((2, K)), np.zeros(K), softmax)], cross_entropy)
    x = np.zeros((40, 2))
    assert losses(network, x, target, 0.5)[-1] == pytest.approx(np.log(K))
    assert len(np.unique(network.forward(x).output, axis=0)) == 1


@pytest.mark.shows("first-loss", 1)
@pytest.mark.parametrize(("weights", "inputs"), [(100, 1), (1, 100)])
def test_a_first_loss_is_far_from_log_K_where_weights_or_inputs_are_large(weights, inputs):
    x, target = examples()
    usual = classifier()
    trace = usual.forward(x)
    assert usual.loss_of(x, target) < 1.5 * np.log(3)
    large = Network(
        [Layer(weights * usual.layers[0].W), Layer(weights * usual.layers[1].W, None, softmax)],
        cross_entropy,
    )
    if weights == 1:
        large = Network(
            [Layer(usual.layers[0].W @ usual.layers[1].W, None, softmax)], cross_entropy
        )
    trace = large.forward(inputs * x)
    assert large.loss_of(inputs * x, target) > 3 * np.log(3)
    assert trace.output.min() < 1e-6
    assert trace.output.max() > 1 - 1e-6


@pytest.mark.shows("first-loss", 2)
def test_a_sum_of_losses_doubles_with_the_examples():
    x, target = examples()
    network = Network([Layer(np.zeros((2, 3)), None, softmax)], cross_entropy)

    def summed(n):
        return -(target[:n] * np.log(network.predict(x[:n]))).sum()

    assert summed(60) == pytest.approx(60 * np.log(3))
    assert summed(60) == pytest.approx(2 * summed(30))


def xor_network(hidden, sizes=(2, 8, 1), scale=1.0):
    network = random_network(
        np.random.default_rng(3),
        sizes,
        (*[hidden] * (len(sizes) - 2), sigmoid),
        binary_cross_entropy,
    )
    for layer in network:
        layer.W[:] = scale * layer.W
    return network


@pytest.mark.shows("xor-half", 2)
def test_xor_stays_at_one_half_where_all_weights_began_at_0():
    x, target = datasets.xor()
    network = xor_network(tanh, scale=0.0)
    losses(network, x, target, 0.5, epochs=200)
    assert np.allclose(network.predict(x), 0.5)
    assert not network.layers[0].W.any()


@pytest.mark.shows("xor-half", 3)
@pytest.mark.parametrize("sizes", [(2, 1), (2, 8, 1)])
def test_xor_comes_to_one_half_without_units_that_are_not_linear(sizes):
    x, target = datasets.xor()
    network = xor_network(identity, sizes)
    losses(network, x, target, 0.1, epochs=3000)
    assert np.allclose(network.predict(x), 0.5, atol=0.01)


@pytest.mark.shows("xor-half", 4)
@pytest.mark.shows("plateau", 1)
def test_on_a_plateau_the_gradient_is_small_and_right():
    x, target = datasets.xor()
    network = xor_network(tanh, (2, 4, 1), scale=0.1)
    history = losses(network, x, target, 0.5, epochs=20)
    assert abs(np.diff(history)).max() < 1e-3
    assert np.allclose(network.predict(x), 0.5, atol=0.02)
    gradient = network.gradient(x, target)
    assert 0 < max(abs(g).max() for g in gradient.values()) < 0.05
    assert max(check_gradient(network, x, target).values()) < 1e-6
    assert losses(network, x, target, 0.5, epochs=5000)[-1] < 0.1


@pytest.mark.shows("hidden-alike", 1)
@pytest.mark.parametrize("start", [0.0, 0.5])
def test_columns_that_began_equal_stay_equal(start):
    x, target = examples()
    network = Network(
        [
            Layer(np.full((2, 4), start), np.zeros(4), tanh),
            Layer(np.full((4, 3), start), None, softmax),
        ],
        cross_entropy,
    )
    losses(network, x, target, 0.5, epochs=50)
    W = network.layers[0].W
    assert np.allclose(W, W[:, :1], rtol=0, atol=1e-12)


@pytest.mark.shows("first-layers", 1)
def test_error_terms_vanish_by_a_like_factor_from_layer_to_layer():
    x, target = examples()
    sizes = (2, *[10] * 8, 3)
    network = random_network(
        np.random.default_rng(0), sizes, (*[sigmoid] * 8, softmax), cross_entropy
    )
    delta = network.backward(network.forward(x), target).delta
    size = [np.sqrt((each**2).mean()) for _, each in sorted(delta.items())]
    shrink = np.array(size[1:-1]) / np.array(size[2:])
    assert np.all(shrink < 0.6)
    assert size[0] < 1e-2 * size[-2]


@pytest.mark.shows("saturated", 1)
def test_a_saturated_output_has_a_small_error_term_under_squared_error_alone():
    x, target = np.array([[1.0]]), np.array([[0.0]])
    delta = {}
    for loss in (squared_error, binary_cross_entropy):
        network = Network([Layer([[10.0]])], loss)
        delta[loss] = network.backward(network.forward(x), target).delta[1].item()
    assert delta[binary_cross_entropy] == pytest.approx(-1, abs=1e-4)
    assert abs(delta[squared_error]) < 1e-4


@pytest.mark.shows("ends-high", 2)
def test_no_gradient_check_sees_that_biases_are_missing():
    x = np.linspace(0, 1, 20)[:, None]
    with_biases, without = (
        Network([Layer([[0.5]], b, identity)], squared_error) for b in ([0.0], None)
    )
    assert max(check_gradient(without, x, x + 3).values()) < 1e-12
    assert losses(with_biases, x, x + 3, 0.3, epochs=500)[-1] < 1e-3
    assert losses(without, x, x + 3, 0.3, epochs=500)[-1] > 0.1


@pytest.mark.shows("small-rate", 1)
def test_a_summed_gradient_halves_with_the_batch():
    x, target = examples()
    twice = np.concatenate([x, x]), np.concatenate([target, target])
    network = classifier()
    mean = network.gradient(x, target)
    for name, g in network.gradient(*twice).items():
        assert np.allclose(g, mean[name])
        assert np.allclose(2 * len(x) * g, 2 * (len(x) * mean[name]))


@pytest.mark.shows("small-rate", 2)
def test_inputs_ten_times_as_large_want_a_rate_a_hundred_times_as_small():
    x = np.random.default_rng(0).normal(size=(50, 1))

    def falls(scale, rate):
        network = Network([Layer([[0.0]], None, identity)], squared_error)
        history = losses(network, scale * x, 2 * x, rate, epochs=10)
        return history[-1] < history[0]

    assert falls(1, 1.0)
    assert not falls(10, 1.0)
    assert not falls(10, 0.1)
    assert falls(10, 0.01)


@pytest.mark.shows("jumps", 1)
def test_the_loss_of_a_batch_jumps_where_that_of_all_examples_falls():
    x, target = examples(300)
    network = classifier()
    batch, whole = [], []
    for start in range(0, 300, 5):
        few = x[start : start + 5], target[start : start + 5]
        backward = network.backward(network.forward(few[0]), few[1])
        batch.append(backward.loss)
        network.apply(backward.steps(0.05))
        whole.append(network.loss_of(x, target))
    assert (np.diff(whole) > 0).mean() < 0.2
    assert (np.diff(batch) > 0).mean() > 0.4


@pytest.mark.shows("jumps", 2)
def test_a_rate_that_is_too_large_makes_the_whole_loss_jump():
    x, target = examples()
    jumps = {}
    for rate in (50.0, 0.5):
        history = losses(classifier(), x, target, rate, epochs=40)
        jumps[rate] = (np.diff(history) > 0).sum()
    assert jumps[50.0] >= 10
    assert jumps[0.5] == 0


@pytest.mark.shows("one-epoch", 1)
def test_two_names_for_one_array_pile_gradients_up():
    zeros = np.zeros(2)
    totals = []
    for _ in range(3):
        total = zeros
        total += np.array([1.0, -1.0])
        totals.append(total.copy())
    assert np.shares_memory(total, zeros)
    assert np.array_equal(totals, [[1, -1], [2, -2], [3, -3]])
    W = np.ones(2)
    best = W
    W -= 0.5
    assert np.array_equal(best, [0.5, 0.5])
    assert not np.shares_memory(zeros.copy(), zeros)


@pytest.mark.shows("overfitting", 1)
def test_the_loss_of_validation_examples_rises_again_where_training_overfits():
    x, target = examples(20)
    noisy = np.eye(3)[np.random.default_rng(2).permutation(target.argmax(1))]
    noisy[:10] = target[:10]
    network = random_network(np.random.default_rng(0), (2, 30, 3), (tanh, softmax), cross_entropy)
    history = train(
        network,
        x,
        noisy,
        epochs=500,
        optimizer=GradientDescent(2.0),
        validation=examples(200, seed=1),
    )
    seen = history.validation
    assert history.losses[-1] < 0.2 * history.losses[0]
    assert seen[-1] > 1.5 * min(seen)


@pytest.mark.shows("overfitting", 2)
def test_test_inputs_of_another_scale_are_answered_badly():
    x, target = examples(200)
    network = classifier()
    losses(network, (x - 3) / 2, target, 0.5, epochs=300)
    same, other = network.loss_of((x - 3) / 2, target), network.loss_of(x, target)
    assert other > 3 * same


@pytest.mark.shows("dropout", 1)
def test_dropout_that_is_still_on_answers_differently_each_time():
    layer, a = Dropout(0.5, np.random.default_rng(0)), np.ones((4, 10))
    assert not np.array_equal(layer.training_forward(a)[0], layer.training_forward(a)[0])
    assert np.array_equal(layer.forward(a)[0], layer.forward(a)[0])


@pytest.mark.shows("dropout", 2)
def test_statistics_of_the_batch_let_an_answer_depend_on_the_others():
    layer = BatchNormalization(np.ones(3), np.zeros(3))
    a = np.random.default_rng(0).normal(size=(6, 3))
    few, all_of_them = layer.training_forward(a[:2])[0], layer.training_forward(a)[0]
    assert not np.allclose(few[0], all_of_them[0])
    assert np.allclose(layer.forward(a[:2])[0][0], layer.forward(a)[0][0])


def digits_as_pixels(size):
    """Ten rows of pixels from 0 to size each, none of them empty."""
    return size * np.random.default_rng(1).uniform(size=(10, 64))


@pytest.mark.shows("outputs-alike", 2)
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
@pytest.mark.shows("xor-half", 1)
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


@pytest.mark.shows("output-stops", 1)
def test_a_sigmoid_unit_stops_at_1_where_the_target_is_2():
    network = Network([Layer([[0.5]], [0.0])], squared_error)
    history = train(network, [[1.0]], [[2.0]], epochs=2000, optimizer=GradientDescent(10.0))
    output = network.forward([[1.0]]).output.item()
    assert 0.999 < output < 1
    assert history.losses[-1] == pytest.approx(0.5, abs=1e-3)
    linear = Network([Layer([[0.5]], [0.0], identity)], squared_error)
    train(linear, [[1.0]], [[2.0]], epochs=100, optimizer=GradientDescent(0.1))
    assert linear.forward([[1.0]]).output.item() == pytest.approx(2)


@pytest.mark.shows("log-k", 1)
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


@pytest.mark.shows("first-loss", 3)
def test_a_softmax_over_all_numbers_of_a_batch_gives_rows_that_do_not_add_up():
    z = np.random.default_rng(0).normal(size=(6, 4))
    over_all = np.exp(z) / sum(np.exp(z).ravel())
    assert over_all.sum() == pytest.approx(1)
    assert np.all(over_all.sum(1) < 1)
    assert np.allclose(softmax(z).sum(1), 1, rtol=1e-12, atol=0)


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


@pytest.mark.shows("adam-stops", 1)
def test_adam_hardly_moves_where_the_corrected_means_are_kept():
    assert abs(adam(kept=False, first=1)) < 0.01
    assert adam(kept=True, first=1, steps=10) == pytest.approx(0.987, abs=1e-3)
    assert adam(kept=True, first=1) == pytest.approx(0.987, abs=1e-3)
    optimizer, w = Adam(0.01), np.array([1.0])
    for _ in range(600):
        w = w + optimizer.step("w", -w)
    assert w.item() == pytest.approx(adam(kept=False, first=1), rel=1e-9)


@pytest.mark.shows("adam-nan", 1)
def test_adam_is_nan_at_the_first_step_where_steps_are_counted_from_0():
    with np.errstate(divide="ignore"):
        assert np.isnan(adam(kept=False, first=0, steps=1))


@pytest.mark.shows("momentum", 1)
def test_a_velocity_that_begins_anew_does_not_grow():
    velocity, before = 0.0, 0.0
    for _ in range(5):
        velocity = momentum_step(velocity, 1.0, 0.1, 0.9)
        assert velocity > before
        assert momentum_step(0.0, 1.0, 0.1, 0.9) == pytest.approx(0.1)
        before = velocity
    assert velocity > 4 * 0.1


@pytest.mark.shows("momentum", 2)
def test_a_velocity_of_gradients_that_is_added_leads_uphill():
    def distance(sign):
        w, velocity = 1.0, 0.0
        for _ in range(200):
            velocity = 0.9 * velocity + 0.1 * w
            w = w + sign * velocity
        return abs(w)

    assert distance(sign=-1) < 1e-3
    assert distance(sign=1) > 1e3


@pytest.mark.shows("momentum", 3)
def test_a_rate_that_is_kept_makes_steps_ten_times_as_long():
    velocity = 0.0
    for _ in range(200):
        velocity = momentum_step(velocity, 1.0, 0.1, 0.9)
    assert velocity == pytest.approx(10 * 0.1)
