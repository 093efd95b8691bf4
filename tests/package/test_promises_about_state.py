"""What a network, its copies, its layers and its optimizers keep, and what none of them touches."""

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from backprop import (
    Adam,
    BatchNormalization,
    Dense,
    DivergenceError,
    Dropout,
    Embedding,
    GradientDescent,
    Layer,
    LayerNormalization,
    Network,
    PositionalEncoding,
    RMSNormalization,
    RMSProp,
    Variable,
    gradients,
    identity,
    load,
    recorded_gradients,
    save,
    tanh,
    train,
)
from backprop.checkpointing import backward_with_checkpoints
from backprop.jacobian import jvp


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape)


def normalized(dtype=float):
    return Network(
        [
            Dense(np.eye(2, dtype=dtype)),
            BatchNormalization(np.ones(2, dtype), np.zeros(2, dtype)),
            Dense(np.ones((2, 1), dtype)),
        ]
    )


def learn(network, **settings):
    x = 3 + 2 * draw(20, 2)
    return train(network, x, 2 * x[:, :1], epochs=5, optimizer=GradientDescent(0.1), **settings)


def test_early_stopping_brings_the_running_averages_back_too():
    network, other = normalized(), draw(10, 2) + 1
    validation = other, draw(10, 1)
    history = learn(network, validation=validation)
    assert history.best < 5
    assert network.loss_of(*validation) == history.validation[history.best]


def test_what_is_loaded_into_a_copy_stays_out_of_the_network():
    network, trained, file = normalized(), normalized(), io.BytesIO()
    learn(trained)
    save(trained, file)
    file.seek(0)
    copied = network.copy()
    load(copied, file)
    assert_array_equal(copied[2].running_mean, trained[2].running_mean)
    assert_array_equal(network[2].running_mean, [0, 0])
    assert_array_equal(network[2].running_variance, [1, 1])


def test_running_averages_keep_the_type_of_the_layer_and_can_be_loaded():
    network, file = normalized(np.float32), io.BytesIO()
    learn(network)
    assert network[2].running_mean.dtype == network[2].running_variance.dtype == np.float32
    save(network, file)
    file.seek(0)
    fresh = normalized(np.float32)
    load(fresh, file)
    assert_array_equal(fresh[2].running_mean, network[2].running_mean)


@pytest.mark.parametrize("role", ["x", "target", "validation x", "validation target"])
@pytest.mark.parametrize("activation", [tanh, identity])
def test_a_network_learns_from_its_own_weights_as_from_a_copy_of_them(role, activation):
    every = []
    for copied in (False, True):
        network = Network([Layer(0.3 * draw(3, 3), activation=activation)])
        own = network[1].W.T.copy() if copied else network[1].W.T
        given = {"x": np.eye(3), "target": np.eye(3)}
        given |= {f"validation {name}": array for name, array in given.items()}
        given[role] = own
        validation = given["validation x"], given["validation target"]
        history = train(
            network,
            given["x"],
            given["target"],
            epochs=4,
            optimizer=GradientDescent(0.1),
            validation=validation,
        )
        every.append((history.losses, history.validation))
    assert every[0] == every[1]


def test_a_step_that_is_a_part_of_the_weights_is_what_it_was_when_it_came():
    network = Network([Layer(np.eye(2), np.zeros(2))])
    network.apply({("W", 1): np.ones((2, 2)), ("b", 1): network[1].W[0]})
    assert_array_equal(network[1].W, [[2, 1], [1, 2]])
    assert_array_equal(network[1].b, [1, 0])


def passes():
    network = Network([Layer(np.eye(2))])
    trace = network.forward([1.0, 2.0])
    return (
        trace,
        network.backward(trace, [1.0, 0.0]),
        backward_with_checkpoints(network, [1.0, 2.0], [1.0, 0.0], 1),
    )


@pytest.mark.parametrize("which", [0, 1, 2])
def test_what_a_pass_computed_is_equal_to_itself_alone(which):
    one, other = passes()[which], passes()[which]
    assert one == one
    assert one != other
    assert len({one, other}) == 2


@pytest.mark.parametrize(
    "make", [lambda: GradientDescent(0.1, 0.9), lambda: RMSProp(0.1), lambda: Adam(0.1)]
)
def test_an_optimizer_is_equal_to_itself_alone(make):
    one, other = make(), make()
    for each in (one, other):
        each.step(("W", 1), np.ones((2, 2)))
    assert one == one
    assert one != other


def test_an_embedding_in_a_network_takes_lists_of_integers():
    network, table = Network([Embedding([[1.0, 2.0], [3.0, 4.0]])]), [[1, 0], [1, 1]]
    assert_array_equal(network.predict(table), network.predict(np.array(table)))


def test_a_sequence_may_move_in_several_directions_at_once():
    layer, a, directions = Layer(draw(3, 2), draw(2)), draw(2, 4, 3), draw(5, 2, 4, 3)
    _, y_dot = layer.jvp(a, directions)
    assert y_dot.shape == (5, 2, 4, 2)
    for each, direction in zip(y_dot, directions, strict=True):
        assert_array_equal(each, layer.jvp(a, direction)[1])
    network = Network([PositionalEncoding(4, 3), layer])
    assert jvp(network, a, directions)[1].shape == (5, 2, 4, 2)


def test_a_layer_moves_in_float16_as_in_float64():
    layer, a, direction = LayerNormalization([1, 2, 1], [0, 1, 0]), [1.0, 2, 4], [1.0, 0, -1]
    _, exact = layer.jvp(a, direction)
    for kind in (np.float16, np.float32):
        _, y_dot = layer.jvp(np.array(a, kind), np.array(direction, kind))
        np.testing.assert_allclose(y_dot, exact, rtol=0.01)


def test_the_bytes_that_are_kept_do_not_count_what_a_batch_was_cut_from():
    network, x, target = Network([Layer(np.eye(2))]), draw(1000, 2), np.ones((10, 2))
    cut = backward_with_checkpoints(network, x[:10], target, 1)
    assert cut.bytes_kept == backward_with_checkpoints(network, x[:10].copy(), target, 1).bytes_kept


def test_a_copy_shares_a_generator_and_no_array():
    normalization, dropout = (
        BatchNormalization([1.0], [0.0]),
        Dropout(0.5, np.random.default_rng(0)),
    )
    network = Network([Dense([[1.0]], [0.0]), normalization, dropout])
    copied = network.copy()
    assert copied[3].rng is network[3].rng
    for name, array in (network.parameters | network._state).items():
        assert not np.shares_memory(array, (copied.parameters | copied._state)[name])


LARGE = [(np.float64, 1e200), (np.float32, 1e20), (np.float16, 300.0)]


@pytest.mark.parametrize(("dtype", "size"), LARGE)
def test_a_normalization_says_so_where_the_squares_of_its_input_overflow(dtype, size):
    one, zero, x = np.ones(3, dtype), np.zeros(3, dtype), np.array([[1, 2, 4], [3, 1, 2]], dtype)
    for layer in (LayerNormalization(one, zero), RMSNormalization(one)):
        with pytest.raises(FloatingPointError, match=f"squares overflow {np.dtype(dtype)}"):
            Network([layer]).predict(x * dtype(size))
        assert np.all(np.isfinite(Network([layer]).predict(x)))
    normalization = BatchNormalization(one, zero)
    with pytest.raises(FloatingPointError, match="squares overflow"):
        normalization.training_forward(x * dtype(size))
    assert_array_equal(normalization.running_variance, one)


def test_a_variance_that_its_input_has_no_number_for_is_refused():
    normalization = BatchNormalization([1.0], [0.0])
    normalization.running_variance = np.array([1e6])
    assert normalization.forward(np.array([[1000.0]]))[0] > 0.9
    with pytest.raises(FloatingPointError, match="overflow float16"):
        Network([normalization]).predict(np.array([[1000.0]], np.float16))


def test_training_that_outgrows_a_normalization_has_diverged():
    network = Network([Layer([[1.0]], [0.0], identity), BatchNormalization([1.0], [0.0])])
    x, huge = np.array([[1.0], [2.0], [4.0], [3.0], [1.0], [5.0]]), GradientDescent(1e290)
    with pytest.raises(DivergenceError, match=r"step 2: .*squares overflow"):
        train(network, x, x, epochs=3, batch_size=3, optimizer=huge)
    assert np.all(np.isfinite(network[2].running_variance))


def test_nan_and_infinities_go_through_a_normalization():
    for layer in (LayerNormalization([1.0, 1], [0.0, 0]), RMSNormalization([1.0, 1])):
        with np.errstate(invalid="ignore"):
            y, _ = layer.forward(np.array([np.nan, 1]))
            assert np.isnan(y).any()
            y, _ = layer.forward(np.array([np.inf, 1]))
            assert np.isnan(y).any()


@pytest.mark.parametrize("axes", [[1, 0], np.array([1, 0])])
@pytest.mark.parametrize("differentiate", [gradients, recorded_gradients])
def test_axes_that_change_after_a_transpose_do_not_change_its_gradient(axes, differentiate):
    factors = np.arange(4.0).reshape(2, 2)
    for transpose in (np.transpose, lambda v, axes: np.transpose(v, axes=axes)):
        v, given = Variable(np.ones((2, 2))), axes.copy()
        E = np.sum(transpose(v, given) * factors)
        given[:] = [0, 1]
        (gradient,) = differentiate(E, [v])
        assert_array_equal(getattr(gradient, "value", gradient), factors.T)


@pytest.mark.parametrize("beside", ["a folder", "another file"])
def test_what_was_saved_under_a_name_is_loaded_under_it_whatever_stands_beside(beside, tmp_path):
    file, network = tmp_path / "model", Network([Layer([[2.0]])])
    if beside == "a folder":
        file.mkdir()
    else:
        save(Network([Layer([[1.0]])]), file)
        file.with_suffix(".npz").rename(file)
        load(fresh := Network([Layer([[0.0]])]), file)
        assert fresh[1].W == 1
    for name in (file, str(file)):
        save(network, name)
        load(fresh := Network([Layer([[0.0]])]), name)
        assert fresh[1].W == 2


class OneArray:
    """An optimizer that computes all its steps in the same memory."""

    def __init__(self):
        self.memory = np.zeros(100)

    def step(self, _, downhill):
        step = self.memory[: downhill.size].reshape(downhill.shape)
        return np.multiply(0.1, downhill, out=step)


def test_an_optimizer_may_compute_all_its_steps_in_one_array():
    every = []
    for optimizer in (OneArray(), GradientDescent(0.1)):
        network = Network([Layer(np.eye(3), np.zeros(3))])
        every.append(train(network, draw(5, 3), draw(5, 3), epochs=3, optimizer=optimizer).losses)
    np.testing.assert_allclose(*every, rtol=1e-12)
