"""Layers with a memory: the equations of gates, and the way through time of all three layers."""

import math

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
    Recurrence,
    RecurrentLayer,
    complex_step,
    gelu,
    relative_error,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from backprop.chain import Chain
from backprop.gates import gru_step, gru_step_error, lstm_step, lstm_step_error

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


def plain_recurrent(f, every_time_step):
    def run(a, W, V, b=0.0):
        h, outputs = np.zeros((np.shape(a)[0], np.shape(V)[0])), []
        for t in range(np.shape(a)[1]):
            h = f(a[:, t] @ W + b + h @ V)
            outputs.append(h)
        return np.stack(outputs, 1) if every_time_step else h

    return run


def plain_lstm(every_time_step):
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
        return np.stack(outputs, 1) if every_time_step else h

    return run


def plain_gru(every_time_step):
    def run(a, W, V, b=0.0, b_V=0.0):
        n = np.shape(V)[0]
        h, outputs = np.zeros((np.shape(a)[0], n)), []
        for t in range(np.shape(a)[1]):
            z, u = a[:, t] @ W + b, h @ V + b_V
            r, s = shares((z + u)[:, :n]), shares((z + u)[:, n : 2 * n])
            g = np.tanh(z[:, 2 * n :] + r * u[:, 2 * n :])
            h = g - s * g + s * h
            outputs.append(h)
        return np.stack(outputs, 1) if every_time_step else h

    return run


ROWS = pytest.mark.parametrize("rows", [(), (N,)])


@ROWS
def test_eq_lstm_step(rows):
    """Number by number, from the scalar functions of the standard library."""
    z, c_before = normal(*rows, 4 * n_1), normal(*rows, n_1)
    h, c, gates = lstm_step(z, c_before)
    for place in np.ndindex(*rows, n_1):
        *row, j = place
        i, f, o = (1 / (1 + math.exp(-z[(*row, j + k * n_1)])) for k in (0, 1, 3))
        g = math.tanh(z[(*row, j + 2 * n_1)])
        assert_allclose(c[place], f * c_before[place] + i * g, rtol=1e-14)
        assert_allclose(h[place], o * math.tanh(c[place]), rtol=1e-14)
        found = [gates[(*row, j + k * n_1)] for k in range(4)]
        assert_allclose(found, [i, f, g, o], rtol=1e-14)


def lstm_errors(rows):
    """Return the arguments of a step back, what it returns, and the loss by z and c_before."""
    z, c_before = normal(*rows, 4 * n_1), normal(*rows, n_1)
    e_h, e_c = normal(*rows, n_1), normal(*rows, n_1)
    _, c, gates = lstm_step(z, c_before)

    def loss(z, c_before):
        h, c, _ = lstm_step(z, c_before)
        return -np.sum(e_h * h) - np.sum(e_c * c)

    return z, c_before, lstm_step_error(e_h, e_c, c_before, c, gates), loss


@ROWS
def test_eq_cell_error(rows):
    """The error that goes on to the state before is minus a gradient."""
    z, c_before, (_, e_c_before), loss = lstm_errors(rows)
    assert relative_error(-e_c_before, complex_step(lambda c: loss(z, c), c_before)) < EXACTLY


@ROWS
def test_eq_gate_deltas(rows):
    z, c_before, (delta, _), loss = lstm_errors(rows)
    assert relative_error(-delta, complex_step(lambda z: loss(z, c_before), z)) < EXACTLY


@ROWS
def test_eq_gru_step(rows):
    z, u, h_before = normal(*rows, 3 * n_1), normal(*rows, 3 * n_1), normal(*rows, n_1)
    h, gates = gru_step(z, u, h_before)
    for place in np.ndindex(*rows, n_1):
        *row, j = place
        in_row = [(*row, j + k * n_1) for k in range(3)]
        r, s = (1 / (1 + math.exp(-z[each] - u[each])) for each in in_row[:2])
        g = math.tanh(z[in_row[2]] + r * u[in_row[2]])
        assert_allclose(h[place], (1 - s) * g + s * h_before[place], rtol=1e-14)
        assert_allclose([gates[each] for each in in_row], [r, s, g], rtol=1e-14)


@ROWS
def test_eq_gru_error(rows):
    """Errors are minus the gradients of a weighted sum of what the step returns."""
    z, u, h_before = normal(*rows, 3 * n_1), normal(*rows, 3 * n_1), normal(*rows, n_1)
    e = normal(*rows, n_1)
    _, gates = gru_step(z, u, h_before)

    def loss(z, u, h_before):
        return -np.sum(e * gru_step(z, u, h_before)[0])

    found = gru_step_error(e, u, h_before, gates)
    right = (
        complex_step(lambda z: loss(z, u, h_before), z),
        complex_step(lambda u: loss(z, u, h_before), u),
        complex_step(lambda h: loss(z, u, h), h_before),
    )
    for each, gradient in zip(found, right, strict=True):
        assert relative_error(-each, gradient) < EXACTLY


class TestWhatGatesDo:
    def test_gates_of_an_lstm_stand_in_the_order_that_is_said(self):
        """Input, forget, candidate, output: by what each does when it alone is closed or open."""
        large, c_before = 100.0, np.array([0.25])

        def state(*z):
            h, c, gates = lstm_step(large * np.array(z), c_before)
            opened = [float(z[0] > 0), float(z[1] > 0), z[2], float(z[3] > 0)]
            assert_allclose(gates, opened, atol=1e-40)
            return h[0], c[0]

        kept = np.tanh(0.25)
        assert_allclose(state(-1, 1, 1, 1), (kept, 0.25))
        assert_allclose(state(1, -1, 1, 1), (np.tanh(1), 1))
        assert_allclose(state(1, 1, -1, 1), (np.tanh(-0.75), -0.75))
        assert_allclose(state(1, 1, 1, -1), (0, 1.25), atol=1e-40)

    def test_gates_of_a_gru_stand_in_the_order_that_is_said(self):
        large, u, h_before = 100.0, np.array([0.0, 0.0, 0.5]), np.array([0.25])

        def output(*z):
            h, gates = gru_step(large * np.array(z), u, h_before)
            assert_allclose(gates[:2], [float(z[0] > 0), float(z[1] > 0)], atol=1e-40)
            return h[0]

        assert_allclose(output(1, 1, 1), 0.25)
        assert_allclose(output(-1, -1, 1), 1)
        assert_allclose(output(1, -1, 0), np.tanh(0.5))
        assert_allclose(output(-1, -1, 0), 0, atol=1e-40)

    def test_gates_that_are_shut_or_open_as_far_as_can_be_raise_no_warning(self):
        for sign in (-1, 1):
            z = np.full((2, 12), sign * 1e300)
            h, c, gates = lstm_step(z, np.ones((2, 3)))
            errors = lstm_step_error(h, c, c, c, gates)
            z = u = z[:, :9]
            h, gates = gru_step(z, u, np.ones((2, 3)))
            errors += gru_step_error(h, u, h, gates)
            assert all(np.isfinite(each).all() for each in errors)


BIASES = {
    RecurrentLayer: ((), ("b",)),
    LSTM: ((), ("b",)),
    GRU: ((), ("b",), ("b_V",), ("b", "b_V")),
}


@pytest.mark.parametrize("every_time_step", [True, False])
class TestLayers:
    @pytest.mark.parametrize("biases", BIASES[RecurrentLayer])
    @pytest.mark.parametrize(("activation", "f"), [(tanh, np.tanh), (sigmoid, shares)])
    def test_recurrent(self, every_time_step, biases, activation, f):
        layer = make(RecurrentLayer, biases, activation=activation, every_time_step=every_time_step)
        self.check(layer, plain_recurrent(f, every_time_step))

    @pytest.mark.parametrize("biases", BIASES[LSTM])
    def test_lstm(self, every_time_step, biases):
        layer = make(LSTM, biases, every_time_step=every_time_step)
        self.check(layer, plain_lstm(every_time_step))

    @pytest.mark.parametrize("biases", BIASES[GRU])
    def test_gru(self, every_time_step, biases):
        self.check(make(GRU, biases, every_time_step=every_time_step), plain_gru(every_time_step))

    def check(self, layer, plain):
        a = normal(N, T, n_0)
        check_layer(layer, a, plain)
        check_batch(layer, a)
        check_layer(layer, a[:, :1], plain)
        y, _ = layer.forward(a)
        assert y.shape == ((N, T, n_1) if layer.every_time_step else (N, n_1))


@pytest.mark.parametrize("kind", BIASES)
class TestWhatAllThreeShare:
    def test_the_last_time_step_is_the_last_of_every_time_step(self, kind):
        every, a = make(kind, BIASES[kind][-1]), normal(N, T, n_0)
        last = kind(**every.parameters, every_time_step=False)
        (y, pullback), (y_last, pullback_last) = every.forward(a), last.forward(a)
        assert_array_equal(y[:, -1], y_last)
        e = np.zeros_like(y)
        e[:, -1] = normal(N, n_1)
        (e_in, downhill), (e_last, downhill_last) = pullback(e), pullback_last(e[:, -1])
        assert_array_equal(e_in, e_last)
        for key, each in downhill.items():
            assert_array_equal(each, downhill_last[key])

    def test_no_time_step_sees_what_comes_after_it(self, kind):
        layer, a = make(kind), normal(N, T, n_0)
        other = a.copy()
        other[:, 3:] += 1
        y, other = layer.forward(a)[0], layer.forward(other)[0]
        assert_array_equal(y[:, :3], other[:, :3])
        assert (y[:, 3:] != other[:, 3:]).all()

    def test_layers_stand_on_each_other(self, kind):
        first, second = make(kind), make(kind, sizes=(n_1, 6), every_time_step=False)
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
        assert repr(make(kind, every_time_step=False)) == f"{kind.__name__}(2 to 4, last time step)"

    def test_an_input_of_another_shape_is_refused(self, kind):
        layer = make(kind)
        for shape in ((N, T), (N, T, n_0 + 1), (1, N, T, n_0)):
            with pytest.raises(ValueError, match=r"^a must have .*shape"):
                layer.forward(normal(*shape))
        with pytest.raises(ValueError, match=r"shape \(N, T, 2\) and at least one time step"):
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
        with pytest.raises(TypeError, match=r"^every_time_step must be True or False, not 1"):
            kind(**right, every_time_step=1)

    @settings(max_examples=25)
    @given(st.integers(0, 2**32 - 1), st.tuples(*[st.integers(1, 5)] * 4), st.booleans())
    def test_gradients_of_any_size(self, kind, seed, sizes, every_time_step):
        rng = np.random.default_rng(seed)
        N, T, n, m = sizes
        layer = make(kind, sizes=(n, m), rng=rng, every_time_step=every_time_step)
        # Where units are saturated, their slopes have lost digits, which is no fault of the layer.
        small = layer.with_parameters({name: w / 3 for name, w in layer.parameters.items()})
        a = normal(N, T, n, rng=rng)
        assert largest_error(own_gradients(small, a), numerical_gradients(small, a)) < EXACTLY


def test_error_goes_back_over_an_open_forget_gate_as_it_is():
    """A hundred time steps back, where a plain layer of the same size has lost nearly all of it."""
    T, shut, open_ = 100, -1e3, 1e3
    W, V = np.zeros((2, 4)), np.zeros((1, 4))
    W[0, 2] = W[1, 0] = 1
    a = np.zeros((1, T, 2))
    # Only the first time step is let in: its input gate is open, and that of the others is shut.
    a[:, :, 1], a[:, 0, 1] = shut, open_
    a[:, 0, 0] = 0.5
    lstm = LSTM(W, V, [0.0, open_, 0.0, open_], every_time_step=False)
    y, pullback = lstm.forward(a)
    assert_allclose(y, np.tanh(np.tanh(0.5)))
    e, _ = pullback(np.ones((1, 1)))
    slope = (1 - y[0, 0] ** 2) * (1 - np.tanh(0.5) ** 2)
    assert_allclose(e[0, 0, 0], slope)
    recurrent = RecurrentLayer([[1.0]], [[0.5]], every_time_step=False)
    e, _ = recurrent.forward(a[..., :1])[1](np.ones((1, 1)))
    assert 0 < e[0, 0, 0] < 1e-29


@pytest.mark.parametrize("activation", [relu, gelu, softmax])
def test_units_of_any_kind_remember(activation):
    """Also those with a kink, with a slope by their input, and with a slope for each pair."""
    check_layer(make(RecurrentLayer, activation=activation), normal(N, T, n_0))


def test_what_is_no_activation_is_refused():
    with pytest.raises(TypeError, match=r"^activation must be an Activation"):
        make(RecurrentLayer, activation=np.tanh)


STEPS = {
    lstm_step: (("z", 4), ("c_before", 1)),
    lstm_step_error: (("e_h", 1), ("e_c", 1), ("c_before", 1), ("c", 1), ("gates", 4)),
    gru_step: (("z", 3), ("u", 3), ("h_before", 1)),
    gru_step_error: (("e", 1), ("u", 3), ("h_before", 1), ("gates", 3)),
}


@pytest.mark.parametrize("step", STEPS)
def test_arrays_of_another_shape_are_refused_by_name(step):
    right = {name: normal(N, k * n_1) for name, k in STEPS[step]}
    step(**right)
    for name, array in right.items():
        for wrong in (array[..., :-1], array[np.newaxis]):
            with pytest.raises(ValueError, match=rf"^{name} must have .*shape|to fit {name}"):
                step(**right | {name: wrong})
        with pytest.raises(TypeError, match=rf"^{name} must hold real numbers"):
            step(**right | {name: array.astype(str)})


BESIDE = {lstm_step: "c_before", lstm_step_error: "e_h", gru_step: "h_before", gru_step_error: "e"}


def test_an_array_that_does_not_fit_is_told_its_shape_and_what_it_stands_beside():
    for step, beside in BESIDE.items():
        right = {name: normal(N, k * n_1) for name, k in STEPS[step]}
        for name, k in STEPS[step]:
            shape = rf"\({N}, {k * n_1}\) to fit {beside}, not \({N}, {k * n_1 - 1}\)"
            if name != beside:
                with pytest.raises(ValueError, match=f"^{name} must have shape {shape}$"):
                    step(**right | {name: right[name][:, 1:]})


def test_parameters_that_do_not_fit_are_told_the_shape_that_they_must_have():
    for kind, k, wide in ((RecurrentLayer, 1, "n_1"), (LSTM, 4, "4 n_1"), (GRU, 3, "3 n_1")):
        right = {"W": normal(2, 4 * k), "V": normal(4, 4 * k), "b": normal(4 * k)}
        for name, message in (
            ("V", rf"V must have shape \(n_1, {wide}\), not \(3, {4 * k}\)"),
            ("b", rf"b must have shape \({4 * k},\) to fit V, not \({4 * k - 1},\)"),
        ):
            with pytest.raises(ValueError, match=f"^{message}$"):
                kind(**right | {name: right[name][1:]})


def test_a_bias_over_the_way_through_time_is_moved_by_minus_the_gradient():
    layer = make(GRU, ("b", "b_V"))
    assert {"b", "b_V"} < layer.parameters.keys()
    check_layer(layer, normal(N, T, n_0))


def test_the_output_is_that_of_every_time_step_where_nothing_else_is_said():
    class Sums(Recurrence):
        """A layer of one's own, which adds up what comes in."""

        def _time_step(self, x, h_before, c_before):
            return x @ self.W + h_before, c_before, None

    own = Sums(normal(n_0, n_1), normal(n_1, n_1))
    for layer in (own, make(RecurrentLayer), make(LSTM), make(GRU)):
        assert layer.forward(normal(N, T, n_0))[0].shape == (N, T, n_1)
