"""Layers with a memory: their equations of one moment, and the way through time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import (
    EXACTLY,
    check_batch,
    check_layer,
    largest_error,
    numerical_gradients,
    own_gradients,
)
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    GRU,
    LSTM,
    Layer,
    Recurrent,
    RecurrentLayer,
    complex_step,
    gelu,
    identity,
    relative_error,
    relu,
    sigmoid,
    silu,
    softmax,
    tanh,
)
from backprop.chain import Chain
from backprop.memory import (
    gru_step,
    gru_step_error,
    lstm_step,
    lstm_step_error,
    recurrent_step,
    recurrent_step_error,
)

RNG = np.random.default_rng(0)
N, T, n_0, n_1 = 3, 5, 2, 4


def normal(*shape, rng=None):
    return (rng or RNG).normal(size=shape)


def make(kind, biases=("b",), sizes=(n_0, n_1), rng=None, **options):
    """Return a layer of one of three kinds, with some of its biases."""
    n, m = sizes
    k = {RecurrentLayer: 1, LSTM: 4, GRU: 3}[kind]
    b = {name: normal(k * m, rng=rng) for name in biases}
    return kind(normal(n, k * m, rng=rng), normal(m, k * m, rng=rng), **b, **options)


def shares(z):
    return 1 / (1 + np.exp(-z))


def plain_recurrent(f, every_moment):
    def run(a, W, V, b=0.0):
        h, outputs = np.zeros((np.shape(a)[0], np.shape(V)[0])), []
        for t in range(np.shape(a)[1]):
            h = f(a[:, t] @ W + b + h @ V)
            outputs.append(h)
        return np.stack(outputs, 1) if every_moment else h

    return run


def plain_lstm(every_moment):
    def run(a, W, V, b=0.0):
        n = np.shape(V)[0]
        h = c = np.zeros((np.shape(a)[0], n))
        outputs = []
        for t in range(np.shape(a)[1]):
            z = a[:, t] @ W + b + h @ V
            i, f, o = shares(z[:, :n]), shares(z[:, n : 2 * n]), shares(z[:, 3 * n :])
            c = f * c + i * np.tanh(z[:, 2 * n : 3 * n])
            h = o * np.tanh(c)
            outputs.append(h)
        return np.stack(outputs, 1) if every_moment else h

    return run


def plain_gru(every_moment):
    def run(a, W, V, b=0.0, b_V=0.0):
        n = np.shape(V)[0]
        h, outputs = np.zeros((np.shape(a)[0], n)), []
        for t in range(np.shape(a)[1]):
            z, u = a[:, t] @ W + b, h @ V + b_V
            r, s = shares((z + u)[:, :n]), shares((z + u)[:, n : 2 * n])
            g = np.tanh(z[:, 2 * n :] + r * u[:, 2 * n :])
            h = g - s * g + s * h
            outputs.append(h)
        return np.stack(outputs, 1) if every_moment else h

    return run


class TestTheEquationsOfOneMoment:
    """Errors are minus the gradients of a weighted sum of what the step returns."""

    @pytest.mark.parametrize("rows", [(), (N,)])
    @pytest.mark.parametrize("activation", [tanh, sigmoid, identity])
    def test_recurrent(self, rows, activation):
        z, h_before, e = normal(*rows, n_1), normal(*rows, n_1), normal(*rows, n_1)
        V = normal(n_1, n_1)
        h = recurrent_step(z, h_before, V, activation)

        def loss(z, h_before):
            return -np.sum(e * recurrent_step(z, h_before, V, activation))

        delta, e_before = recurrent_step_error(e, h, V, activation)
        assert relative_error(-delta, complex_step(lambda z: loss(z, h_before), z)) < EXACTLY
        assert relative_error(-e_before, complex_step(lambda h: loss(z, h), h_before)) < EXACTLY

    @pytest.mark.parametrize("rows", [(), (N,)])
    def test_lstm(self, rows):
        z, h_before, c_before = normal(*rows, 4 * n_1), normal(*rows, n_1), normal(*rows, n_1)
        e_h, e_c = normal(*rows, n_1), normal(*rows, n_1)
        V = normal(n_1, 4 * n_1)
        _, c, gates = lstm_step(z, h_before, c_before, V)

        def loss(z, h_before, c_before):
            h, c, _ = lstm_step(z, h_before, c_before, V)
            return -np.sum(e_h * h) - np.sum(e_c * c)

        found = lstm_step_error(e_h, e_c, c_before, c, gates, V)
        right = (
            complex_step(lambda z: loss(z, h_before, c_before), z),
            complex_step(lambda h: loss(z, h, c_before), h_before),
            complex_step(lambda c: loss(z, h_before, c), c_before),
        )
        for each, gradient in zip(found, right, strict=True):
            assert relative_error(-each, gradient) < EXACTLY

    @pytest.mark.parametrize("rows", [(), (N,)])
    @pytest.mark.parametrize("biases", [True, False])
    def test_gru(self, rows, biases):
        z, h_before, e = normal(*rows, 3 * n_1), normal(*rows, n_1), normal(*rows, n_1)
        V, b_V = normal(n_1, 3 * n_1), normal(3 * n_1) if biases else None
        _, gates, u_g = gru_step(z, h_before, V, b_V)

        def loss(z, h_before, b_V):
            return -np.sum(e * gru_step(z, h_before, V, b_V)[0])

        delta, delta_u, e_before = gru_step_error(e, h_before, gates, u_g, V)
        assert relative_error(-delta, complex_step(lambda z: loss(z, h_before, b_V), z)) < EXACTLY
        right = complex_step(lambda h: loss(z, h, b_V), h_before)
        assert relative_error(-e_before, right) < EXACTLY
        if biases:
            total = delta_u.sum(axis=0) if rows else delta_u
            assert relative_error(-total, complex_step(lambda b: loss(z, h_before, b), b_V)) < (
                EXACTLY
            )

    def test_gates_of_an_lstm_stand_in_the_order_that_is_said(self):
        """Input, forget, candidate, output: by what each does when it alone is closed or open."""
        large, c_before = 100.0, np.array([0.25])
        V = np.zeros((1, 4))

        def state(*z):
            h, c, gates = lstm_step(large * np.array(z), np.zeros(1), c_before, V)
            opened = [float(z[0] > 0), float(z[1] > 0), z[2], float(z[3] > 0)]
            assert_allclose(gates, opened, atol=1e-40)
            return h[0], c[0]

        kept = np.tanh(0.25)
        assert_allclose(state(-1, 1, 1, 1), (kept, 0.25))
        assert_allclose(state(1, -1, 1, 1), (np.tanh(1), 1))
        assert_allclose(state(1, 1, -1, 1), (np.tanh(-0.75), -0.75))
        assert_allclose(state(1, 1, 1, -1), (0, 1.25), atol=1e-40)

    def test_gates_of_a_gru_stand_in_the_order_that_is_said(self):
        large, h_before = 100.0, np.array([0.25])
        V = np.array([[0.0, 0.0, 2.0]])

        def output(*z):
            h, gates, u_g = gru_step(large * np.array(z), h_before, V)
            assert u_g == 0.5
            assert_allclose(gates[:2], [float(z[0] > 0), float(z[1] > 0)], atol=1e-40)
            return h[0]

        assert_allclose(output(1, 1, 1), 0.25)
        assert_allclose(output(-1, -1, 1), 1)
        assert_allclose(output(1, -1, 0), np.tanh(0.5))
        assert_allclose(output(-1, -1, 0), 0, atol=1e-40)

    def test_gates_that_are_shut_or_open_as_far_as_can_be_raise_no_warning(self):
        for sign in (-1, 1):
            z = np.full((2, 12), sign * 1e300)
            h, c, gates = lstm_step(z, np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 12)))
            errors = lstm_step_error(h, c, c, c, gates, np.ones((3, 12)))
            h, gates, u_g = gru_step(z[:, :9], np.ones((2, 3)), np.ones((3, 9)))
            errors += gru_step_error(h, h, gates, u_g, np.ones((3, 9)))
            assert all(np.isfinite(each).all() for each in errors)


BIASES = {
    RecurrentLayer: ((), ("b",)),
    LSTM: ((), ("b",)),
    GRU: ((), ("b",), ("b_V",), ("b", "b_V")),
}


@pytest.mark.parametrize("every_moment", [True, False])
class TestLayers:
    @pytest.mark.parametrize("biases", BIASES[RecurrentLayer])
    @pytest.mark.parametrize(("activation", "f"), [(tanh, np.tanh), (sigmoid, shares)])
    def test_recurrent(self, every_moment, biases, activation, f):
        layer = make(RecurrentLayer, biases, activation=activation, every_moment=every_moment)
        self.check(layer, plain_recurrent(f, every_moment))

    @pytest.mark.parametrize("biases", BIASES[LSTM])
    def test_lstm(self, every_moment, biases):
        layer = make(LSTM, biases, every_moment=every_moment)
        self.check(layer, plain_lstm(every_moment))

    @pytest.mark.parametrize("biases", BIASES[GRU])
    def test_gru(self, every_moment, biases):
        self.check(make(GRU, biases, every_moment=every_moment), plain_gru(every_moment))

    def check(self, layer, plain):
        a = normal(N, T, n_0)
        check_layer(layer, a, plain)
        check_batch(layer, a)
        check_layer(layer, a[:, :1], plain)
        y, _ = layer.forward(a)
        assert y.shape == ((N, T, n_1) if layer.every_moment else (N, n_1))


@pytest.mark.parametrize("kind", BIASES)
class TestWhatAllThreeShare:
    def test_the_last_moment_is_the_last_of_every_moment(self, kind):
        every, a = make(kind, BIASES[kind][-1]), normal(N, T, n_0)
        last = kind(**every.parameters, every_moment=False)
        (y, pullback), (y_last, pullback_last) = every.forward(a), last.forward(a)
        assert_array_equal(y[:, -1], y_last)
        e = np.zeros_like(y)
        e[:, -1] = normal(N, n_1)
        (e_in, downhill), (e_last, downhill_last) = pullback(e), pullback_last(e[:, -1])
        assert_array_equal(e_in, e_last)
        for key, each in downhill.items():
            assert_array_equal(each, downhill_last[key])

    def test_no_moment_sees_what_comes_after_it(self, kind):
        layer, a = make(kind), normal(N, T, n_0)
        other = a.copy()
        other[:, 3:] += 1
        y, other = layer.forward(a)[0], layer.forward(other)[0]
        assert_array_equal(y[:, :3], other[:, :3])
        assert (y[:, 3:] != other[:, 3:]).all()

    def test_layers_stand_on_each_other(self, kind):
        first, second = make(kind), make(kind, sizes=(n_1, 6), every_moment=False)
        check_layer(Chain(first, second), normal(N, T, n_0))

    def test_parameters_are_copied(self, kind):
        given = make(kind, BIASES[kind][-1]).parameters
        layer = kind(**given)
        assert layer.parameters.keys() == given.keys()
        for name, array in layer.parameters.items():
            assert_array_equal(array, given[name])
            assert not np.shares_memory(array, given[name])

    def test_it_is_shown_with_its_sizes(self, kind):
        assert repr(make(kind)) == f"{kind.__name__}(2 to 4)"
        assert repr(make(kind, every_moment=False)) == f"{kind.__name__}(2 to 4, last moment)"

    def test_an_input_of_another_shape_is_refused(self, kind):
        layer = make(kind)
        for shape in ((N, T), (N, T, n_0 + 1), (1, N, T, n_0)):
            with pytest.raises(ValueError, match=r"^a must have .*shape"):
                layer.forward(normal(*shape))
        with pytest.raises(ValueError, match=r"^a must have shape \(N, T, 2\) and a moment"):
            layer.forward(normal(N, 0, n_0))

    def test_parameters_that_do_not_fit_are_refused_by_name(self, kind):
        right = make(kind, BIASES[kind][-1]).parameters
        for name, array in right.items():
            for wrong in (array[..., :-1], array[np.newaxis], array[..., np.newaxis]):
                with pytest.raises(ValueError, match=rf"^{name} must have shape"):
                    kind(**right | {name: wrong})
            with pytest.raises(ValueError, match=rf"^{name} must be finite"):
                kind(**right | {name: array * np.nan})
            with pytest.raises(TypeError, match=rf"^{name} must hold real numbers"):
                kind(**right | {name: array * 1j})
        with pytest.raises(TypeError, match=r"^every_moment must be True or False, not 1"):
            kind(**right, every_moment=1)

    @settings(max_examples=25)
    @given(st.integers(0, 2**32 - 1), st.tuples(*[st.integers(1, 5)] * 4), st.booleans())
    def test_gradients_of_any_size(self, kind, seed, sizes, every_moment):
        rng = np.random.default_rng(seed)
        N, T, n, m = sizes
        layer = make(kind, sizes=(n, m), rng=rng, every_moment=every_moment)
        # Where units are saturated, their slopes have lost digits, which is no fault of the layer.
        small = layer.with_parameters({name: w / 3 for name, w in layer.parameters.items()})
        a = normal(N, T, n, rng=rng)
        assert largest_error(own_gradients(small, a), numerical_gradients(small, a)) < EXACTLY


def test_a_recurrent_layer_is_the_hidden_layer_of_a_recurrent_network():
    """With time as the first axis there, and the output layer after it here."""
    layer, a, target = make(RecurrentLayer), normal(N, T, n_0), normal(N, T, 3)
    W_out = normal(n_1, 3)
    network = Recurrent(Layer(layer.W, layer.b, tanh), layer.V, Layer(W_out, activation=identity))
    trace = network.forward(a.swapaxes(0, 1))
    y, pullback = layer.forward(a)
    assert_allclose(y, trace.a[1].swapaxes(0, 1), rtol=1e-13, atol=1e-15)
    steps = network.backward(trace, target.swapaxes(0, 1)).steps(1.0)
    _, downhill = pullback((target - y @ W_out) @ W_out.T / N)
    for name, each in downhill.items():
        assert_allclose(each, steps[name, 1], rtol=1e-11, atol=1e-13)


def test_error_goes_back_over_an_open_forget_gate_as_it_is():
    """A hundred moments back, where a plain layer of the same size has lost nearly all of it."""
    T, shut, open_ = 100, -1e3, 1e3
    W, V = np.zeros((2, 4)), np.zeros((1, 4))
    W[0, 2] = W[1, 0] = 1
    a = np.zeros((1, T, 2))
    # Only the first moment is let in: its input gate is open, and that of the others is shut.
    a[:, :, 1], a[:, 0, 1] = shut, open_
    a[:, 0, 0] = 0.5
    lstm = LSTM(W, V, [0.0, open_, 0.0, open_], every_moment=False)
    y, pullback = lstm.forward(a)
    assert_allclose(y, np.tanh(np.tanh(0.5)))
    e, _ = pullback(np.ones((1, 1)))
    slope = (1 - y[0, 0] ** 2) * (1 - np.tanh(0.5) ** 2)
    assert_allclose(e[0, 0, 0], slope)
    recurrent = RecurrentLayer([[1.0]], [[0.5]], every_moment=False)
    e, _ = recurrent.forward(a[..., :1])[1](np.ones((1, 1)))
    assert 0 < e[0, 0, 0] < 1e-29


def test_a_kinked_activation_is_gone_back_over():
    layer, a = make(RecurrentLayer, activation=relu), normal(N, T, n_0)
    check_layer(layer, a)


def test_units_without_a_slope_by_their_output_are_refused():
    with pytest.raises(ValueError, match=r"^activation must have a slope by unit"):
        make(RecurrentLayer, activation=softmax)
    with pytest.raises(TypeError, match=r"^activation must be an Activation"):
        make(RecurrentLayer, activation=np.tanh)
    for by_input in (gelu, silu):
        with pytest.raises(TypeError, match=r"^activation must have a slope by its output"):
            make(RecurrentLayer, activation=by_input)
        with pytest.raises(TypeError, match=r"^activation must have a slope by its output"):
            recurrent_step_error(np.ones(2), np.ones(2), np.ones((2, 2)), by_input)
    with pytest.raises(TypeError, match="softmax"):
        recurrent_step_error(np.ones(2), np.ones(2), np.ones((2, 2)), softmax)


STEPS = {
    recurrent_step: (("z", 1), ("h_before", 1), ("V", 1)),
    recurrent_step_error: (("e", 1), ("h", 1), ("V", 1)),
    lstm_step: (("z", 4), ("h_before", 1), ("c_before", 1), ("V", 4)),
    lstm_step_error: (("e_h", 1), ("e_c", 1), ("c_before", 1), ("c", 1), ("gates", 4), ("V", 4)),
    gru_step: (("z", 3), ("h_before", 1), ("V", 3)),
    gru_step_error: (("e", 1), ("h_before", 1), ("gates", 3), ("u_g", 1), ("V", 3)),
}


@pytest.mark.parametrize("step", STEPS)
def test_arrays_of_another_shape_are_refused_by_name(step):
    right = {name: normal(N, k * n_1) for name, k in STEPS[step]}
    right["V"] = normal(n_1, right["V"].shape[1])
    step(**right)
    for name, array in right.items():
        for wrong in (array[..., :-1], array[np.newaxis]):
            with pytest.raises(ValueError, match=rf"^{name} must have .*shape|to fit .*{name}"):
                step(**right | {name: wrong})
        with pytest.raises(TypeError, match=rf"^{name} must hold real numbers"):
            step(**right | {name: array.astype(str)})
