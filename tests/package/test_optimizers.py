"""Optimizers and weight decay against their definitions, and what they refuse."""

import inspect
from decimal import Decimal

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import Adam, GradientDescent, RMSProp, complex_step
from backprop.optimizers import with_weight_decay
from backprop.rules import adam_step

GRADIENTS = np.random.default_rng(0).normal(size=(5, 3))
KEY = ("W", 1)


def steps_of(optimizer):
    return [optimizer.step(KEY, g) for g in GRADIENTS]


def test_eq_momentum():
    """The velocity is the sum of all earlier pushes, each faded by how long ago it was."""
    steps = steps_of(GradientDescent(0.1, momentum=0.9))
    for n, step in enumerate(steps):
        faded = sum(0.1 * 0.9 ** (n - k) * GRADIENTS[k] for k in range(n + 1))
        assert_allclose(step, faded, rtol=1e-13)


def test_under_a_constant_push_the_velocity_approaches_many_pushes():
    optimizer = GradientDescent(0.1, momentum=0.9)
    for tau in range(1, 400):
        step = optimizer.step(KEY, np.array([2.0]))
        assert_allclose(step, 0.1 * 2.0 * (1 - 0.9**tau) / (1 - 0.9), rtol=1e-12)
    assert_allclose(step, 10 * 0.1 * 2.0, rtol=1e-12)


def test_eq_nesterov():
    """The two-point form of the textbooks leads to the same points to look ahead from."""
    rate, m = 0.1, 0.9
    slopes = np.array([0.7, 3.0])
    w, v = np.array([2.0, -1.0]), np.zeros(2)
    look = w.copy()
    optimizer = GradientDescent(rate, momentum=m, nesterov=True)
    for _ in range(20):
        # The gradient is taken at w + m v, and moves w; ours keeps w + m v alone.
        v = m * v - rate * slopes * (w + m * v)
        w = w + v
        look = look + optimizer.step(KEY, -slopes * look)
        assert_allclose(look, w + m * v, rtol=1e-11)


def test_eq_rmsprop():
    """The rule as PyTorch documents it, with a gradient that is subtracted."""
    w = ours = np.zeros(3)
    optimizer, average = RMSProp(0.1, rho=0.8), np.zeros(3)
    for downhill in GRADIENTS:
        gradient = -downhill
        average = 0.8 * average + 0.2 * gradient * gradient
        w = w - 0.1 * gradient / (average**0.5 + 1e-8)
        ours = ours + optimizer.step(KEY, downhill)
        assert_allclose(ours, w, rtol=1e-12)


def test_eq_adam():
    """The unbiased means are those with the weights of the fading made to add up to 1."""
    steps = steps_of(Adam(0.1, beta1=0.7, beta2=0.8))
    for n, step in enumerate(steps):
        powers = n - np.arange(n + 1)[:, np.newaxis]
        mean = np.average(GRADIENTS[: n + 1], axis=0, weights=0.7 ** powers[:, 0])
        square = np.average(GRADIENTS[: n + 1] ** 2, axis=0, weights=0.8 ** powers[:, 0])
        assert_allclose(step, 0.1 * mean / (np.sqrt(square) + 1e-8), rtol=1e-12)


def test_adam_steps_as_pytorch_documents():
    w = ours = np.zeros(3)
    optimizer, m, v = Adam(0.1), np.zeros(3), np.zeros(3)
    for t, downhill in enumerate(GRADIENTS, 1):
        gradient = -downhill
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        w = w - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        ours = ours + optimizer.step(KEY, downhill)
        assert_allclose(ours, w, rtol=1e-11)


def test_memories_and_numbers_of_steps_that_do_not_fit_are_refused():
    d, settings = np.ones(3), (0.1, 0.9, 0.999)
    for m, s, tau, message in [
        (d[:2], d, 1, r"m must have the shape of d, \(3,\), not \(2,\)"),
        (d, d[:2], 1, r"s must have the shape of d, \(3,\), not \(2,\)"),
        (d, d, 0, "tau must be at least 1 and at most 9007199254740992, not 0"),
        (d, d, 2**53 + 1, "tau must be at least 1 and at most 9007199254740992, not 9007"),
    ]:
        with pytest.raises(ValueError, match=f"^{message}"):
            adam_step(m, s, d, tau, *settings)
    assert_allclose(adam_step(d, d, d, 2**53, *settings)[2], 0.1)


def test_eq_weight_decay():
    """Minus the gradient of the loss with half the squared weights, by the complex step."""
    rng = np.random.default_rng(0)
    W, A, weight_decay = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 0.3

    def loss(W):
        return np.sum(np.sin(A * W))

    def penalized(W):
        return loss(W) + 0.5 * weight_decay * np.sum(W * W)

    downhill = -complex_step(loss, W)
    assert_allclose(
        with_weight_decay(downhill, W, weight_decay), -complex_step(penalized, W), rtol=1e-12
    )
    assert_array_equal(with_weight_decay(downhill, W, 0.0), downhill)


OPTIMIZERS = {
    "descent": lambda: GradientDescent(0.1),
    "momentum": lambda: GradientDescent(0.1, momentum=0.9),
    "nesterov": lambda: GradientDescent(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: RMSProp(0.1),
    "adam": lambda: Adam(0.1),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_goes_down_a_bowl(optimizer):
    optimizer, slopes, w = optimizer(), np.array([1.0, 5.0]), np.array([1.0, -1.0])
    for _ in range(300):
        w = w + optimizer.step(KEY, -slopes * w)
    assert np.abs(w).max() < 0.06


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_gradient_of_zero_is_no_step(optimizer):
    assert_array_equal(optimizer().step(KEY, np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_optimizers_keep_arrays_apart_and_change_no_gradient(optimizer):
    one, other = optimizer(), optimizer()
    for gradient in GRADIENTS:
        before = gradient.copy()
        step = one.step(("W", 1), gradient)
        one.step(("b", 1), 7 * gradient)
        assert_array_equal(step, other.step(("W", 1), gradient))
        assert_array_equal(gradient, before)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda rate: GradientDescent(rate, momentum=np.float64(0.9)),
        lambda rate: RMSProp(rate, rho=np.float64(0.9)),
        lambda rate: Adam(rate, beta1=np.float64(0.9), beta2=np.float64(0.99)),
    ],
)
def test_float32_stays_float32_with_settings_of_numpy(optimizer):
    optimizer = optimizer(np.float64(0.1))
    for gradient in GRADIENTS.astype(np.float32):
        assert optimizer.step(KEY, gradient).dtype == np.float32
    assert with_weight_decay(gradient, gradient, np.float64(0.1)).dtype == np.float32


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (
            lambda: GradientDescent(0.0),
            ValueError,
            "learning_rate must be positive and finite, not 0.0",
        ),
        (lambda: RMSProp(-1.0), ValueError, "learning_rate must be positive and finite, not -1.0"),
        (lambda: Adam(np.inf), ValueError, "learning_rate must be positive and finite, not inf"),
        (lambda: Adam(np.nan), ValueError, "learning_rate must be positive and finite, not nan"),
        (lambda: Adam("fast"), TypeError, "learning_rate must be a number, not 'fast'"),
        (lambda: Adam(True), TypeError, "learning_rate must be a number, not True"),
        (lambda: GradientDescent(1j), TypeError, "learning_rate must be a number, not 1j"),
        (
            lambda: GradientDescent(0.1, momentum=1.0),
            ValueError,
            "momentum must be at least 0 and less than 1, not 1.0",
        ),
        (lambda: GradientDescent(0.1, momentum=-0.1), ValueError, "momentum must be at least 0"),
        (lambda: GradientDescent(0.1, momentum=None), TypeError, "momentum must be a number"),
        (lambda: GradientDescent(0.1, nesterov=True), ValueError, "nesterov needs a momentum"),
        (
            lambda: GradientDescent(0.1, momentum=0.9, nesterov="no"),
            TypeError,
            "nesterov must be True or False, not 'no'",
        ),
        (lambda: GradientDescent(0.1, nesterov=0), TypeError, "nesterov must be True or False"),
        (lambda: Adam(10**400), ValueError, "learning_rate must be positive and finite, not 1000"),
        (
            lambda: Adam(Decimal(1)),
            TypeError,
            r"learning_rate must be a number, not Decimal\('1'\)",
        ),
        (
            lambda: with_weight_decay(np.ones(1), ["a"], 0.1),
            TypeError,
            "W must hold real numbers, not <U1",
        ),
        (lambda: RMSProp(0.1, rho=1.0), ValueError, "rho must be at least 0 and less than 1"),
        (lambda: Adam(0.1, beta1=1), ValueError, "beta1 must be at least 0 and less than 1"),
        (lambda: Adam(0.1, beta2=1.5), ValueError, "beta2 must be at least 0 and less than 1"),
        (
            lambda: with_weight_decay(np.ones((2, 1)), np.ones((2, 1)), -0.1),
            ValueError,
            "weight_decay must be 0 or more and finite, not -0.1",
        ),
        (
            lambda: with_weight_decay(np.ones((2, 1)), np.ones((2, 1)), np.inf),
            ValueError,
            "weight_decay must be 0 or more and finite, not inf",
        ),
        (
            lambda: with_weight_decay(np.ones((2, 1)), np.ones((2, 1)), None),
            TypeError,
            "weight_decay must be a number, not None",
        ),
        (
            lambda: with_weight_decay(np.ones((2, 1)), np.ones(2), 0.1),
            ValueError,
            r"W must have the shape of downhill, \(2, 1\), not \(2,\)",
        ),
    ],
)
def test_optimizers_refuse_bad_settings(build, kind, message):
    with pytest.raises(kind, match=message):
        build()


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS.values())[1:], ids=list(OPTIMIZERS)[1:])
def test_an_optimizer_that_remembers_another_network_is_refused(optimizer):
    optimizer = optimizer()
    optimizer.step(KEY, np.ones((1, 3)))
    # NumPy would stretch the remembered row to two.
    with pytest.raises(ValueError, match=r"downhill must have the shape of the earlier ones of"):
        optimizer.step(KEY, np.ones((2, 3)))


EVERY = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
DIVIDING = pytest.mark.parametrize("optimizer", [RMSProp, Adam])


@EVERY
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
def test_integers_are_taken_for_the_numbers_they_are(optimizer, dtype):
    """The square of 100000 is no number of 32 bits, and that of 100 none of 8."""
    downhill = np.array([[100000 if np.iinfo(dtype).max > 1e6 else 100, 0]], dtype)
    step = optimizer().step(KEY, downhill)
    assert step.dtype == np.float64
    assert_array_equal(step, optimizer().step(KEY, downhill.astype(np.float64)))


@EVERY
def test_lists_may_be_directions(optimizer):
    assert_array_equal(optimizer().step(KEY, [1.0, 2]), optimizer().step(KEY, np.array([1.0, 2])))


@EVERY
@pytest.mark.parametrize("size", [0, 6e-8, 1e-3, 1, 300, 65504])
def test_float16_steps_are_those_of_float64_rounded(optimizer, size):
    """In float16, 1e-8 is 0 and the square of 300 infinite; a gradient of 0 is no step."""
    one, other = optimizer(), optimizer()
    for sign in (1, -1, 1):
        downhill = np.array([sign * size, 0], np.float16)
        step, exact = one.step(KEY, downhill), other.step(KEY, downhill.astype(np.float64))
        assert step.dtype == np.float16
        assert_allclose(step, exact, rtol=4e-3, atol=2e-7)


@DIVIDING
@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 1e160), (np.float32, 1e20)])
def test_a_square_that_overflows_is_refused_and_forgotten(optimizer, dtype, size):
    """Remembered, it would make every later step 0, and nobody would know."""
    optimizer, other = optimizer(0.1), optimizer(0.1)
    with pytest.raises(
        FloatingPointError, match=f"the square of the gradient is .* {dtype.__name__}"
    ):
        optimizer.step(KEY, np.array([1, size], dtype))
    one = np.ones(2, dtype)
    assert_array_equal(optimizer.step(KEY, one), other.step(KEY, one))


@DIVIDING
def test_the_sum_of_the_squares_may_overflow(optimizer):
    """Each square is a number, and the steps are those of a smaller gradient."""
    downhill = np.full(5, 1e154)
    step = optimizer(0.1).step(KEY, downhill)
    assert_allclose(step, optimizer(0.1).step(KEY, downhill / 1e100), rtol=1e-12)


@DIVIDING
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_direction_that_is_not_finite_is_refused(optimizer, bad):
    optimizer = optimizer(0.1)
    with pytest.raises(ValueError, match=rf"downhill must be finite, but holds {bad} at \(1,\)"):
        optimizer.step(KEY, np.array([1, bad]))
    assert not optimizer.square


SETTINGS = [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("learning_rate", [0.1, 1e3])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_does_not_reach_a_velocity(settings, learning_rate, bad):
    optimizer = GradientDescent(learning_rate, **settings)
    with pytest.raises(ValueError, match=rf"downhill must be finite, but holds {bad} at \(1,\)"):
        optimizer.step(KEY, np.array([1, bad]))
    assert not optimizer.velocity


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_a_step_too_large_for_its_type_is_refused(settings, dtype):
    optimizer = GradientDescent(2.0, **settings)
    largest = np.full(2, np.finfo(dtype).max)
    with pytest.raises(FloatingPointError, match=f"the step is too large for {dtype.__name__}"):
        optimizer.step(KEY, largest)
    assert not optimizer.velocity
    assert_array_equal(optimizer.step(KEY, largest / dtype(8)) > largest / dtype(8), True)


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_step_may_be_too_large_by_its_learning_rate(settings):
    optimizer = GradientDescent(1e300, **settings)
    with pytest.raises(FloatingPointError, match="the step is too large for float64"):
        optimizer.step(KEY, np.full(2, 1e100))
    assert not optimizer.velocity


@pytest.mark.parametrize("settings", SETTINGS[1:])
def test_a_velocity_too_large_for_float16_is_refused(settings):
    optimizer = GradientDescent(100.0, **settings)
    optimizer.velocity[KEY] = before = np.full(1, 6e4, np.float16)
    with pytest.raises(FloatingPointError, match="the step is too large for float16"):
        optimizer.step(KEY, np.full(1, 250, np.float16))
    assert optimizer.velocity[KEY] is before


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_large_velocity_does_not_overflow_by_a_push_of_the_usual_size(dtype):
    """At the learning rate and the momentum with the least room between the two."""
    optimizer = GradientDescent(100.0, momentum=1 - 2**-53)
    optimizer.velocity[KEY] = np.full(2, np.finfo(dtype).max)
    root = np.full(2, np.sqrt(np.finfo(dtype).max / 4), dtype)
    assert np.isfinite(np.vdot(root, root))
    for _ in range(3):
        assert np.isfinite(optimizer.step(KEY, root)).all()


@EVERY
def test_what_is_no_direction_or_no_key_is_refused(optimizer):
    for wrong in ("a", [None], 1j, [True], np.ma.masked_array([1.0]), {}, [[1], 2**70]):
        with pytest.raises((TypeError, ValueError), match="downhill must h"):
            optimizer().step(KEY, wrong)
    with pytest.raises(ValueError, match="downhill must not be empty"):
        optimizer().step(KEY, np.ones((0, 2)))
    with pytest.raises(TypeError, match=r'key must be one such as \("W", 1\), not \[1\]'):
        optimizer().step([1], np.ones(2))


@EVERY
def test_a_step_may_be_changed(optimizer):
    """What an optimizer remembers is its own."""
    one, other = optimizer(), optimizer()
    for gradient in GRADIENTS:
        step = one.step(KEY, gradient)
        assert_array_equal(step, other.step(KEY, gradient))
        step *= 7


@EVERY
def test_a_rate_that_is_changed_between_steps_is_a_setting_like_the_first(optimizer):
    """A schedule that computes with NumPy must not change the type of what is learned."""
    made = optimizer()
    made.learning_rate = np.float64(0.05)
    for _ in range(2):
        assert made.step(KEY, np.ones((2, 2), np.float32)).dtype == np.float32
    made.learning_rate = -1
    with pytest.raises(ValueError, match="learning_rate must be positive"):
        made.step(KEY, np.ones((2, 2)))


@EVERY
def test_steps_have_the_type_of_the_direction_whatever_came_before(optimizer):
    made = optimizer()
    for kind in ("f4", "f8", "f2", "f4"):
        assert made.step(KEY, np.ones(3, kind)).dtype == kind


@DIVIDING
@pytest.mark.parametrize(("kind", "rate"), [("f8", 1e308), ("f4", 1e38), ("f2", 1e5)])
def test_a_step_that_only_its_rate_makes_too_large_is_refused_and_forgotten(optimizer, kind, rate):
    made = optimizer(rate)
    # The first step of Adam is as long as the rate, and that of RMSProp three times as long.
    with pytest.raises(FloatingPointError, match=r"the step is too large for float\d\d"):
        made.step(KEY, np.full(3, 100.0, kind))
    assert not made.square


@pytest.mark.parametrize(
    "shown",
    [
        "GradientDescent(learning_rate=0.1, momentum=0.9, nesterov=True)",
        "RMSProp(learning_rate=0.1, rho=0.9)",
        "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999)",
    ],
)
def test_an_optimizer_is_made_of_its_settings_and_shown_with_them_not_with_its_memory(shown):
    made = eval(shown)
    made.step(KEY, np.ones(2))
    assert repr(made) == shown
    settings = ", ".join(
        f"{k}={getattr(made, k)}" for k in inspect.signature(type(made)).parameters
    )
    assert shown == f"{type(made).__name__}({settings})"


def test_an_optimizer_has_the_usual_settings_where_none_are_given():
    plain = GradientDescent(0.1)
    assert repr(plain) == "GradientDescent(learning_rate=0.1, momentum=0.0, nesterov=False)"
    assert repr(RMSProp(0.1)) == "RMSProp(learning_rate=0.1, rho=0.9)"
    assert repr(Adam()) == "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999)"
