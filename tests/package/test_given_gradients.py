"""In which forms the doctor takes a gradient, how exactly, and what it says of a misfit."""

import numpy as np
import pytest
from doctored import CASES, drawn, network, problem

from backprop import Dropout, Layer, Network, diagnose, random_network, sigmoid, tanh
from backprop._computed import CLOSE, OF_FLOAT16, OF_FLOAT32, arranged, precision
from backprop._mistakes import mistakes
from backprop.diagnosis import Diagnosis, _merged, _order
from benchmarks.wrong_gradients import computed

DIGITS = np.array([1.234567894123, 0.9876543217123, -0.5555555555123, 3.141592653589])


def test_numbers_in_full_digits_are_close():
    assert precision(DIGITS) == CLOSE
    assert precision(np.concatenate([DIGITS, [0.0]])) == CLOSE


def test_places_behind_the_point_bound_the_digits():
    """Ten digits are close, but what zeros beside them stand for is known to as many places."""
    for places in range(1, 10):
        c = np.array([np.round(1234567891 / 10**places, places), *[0.0] * 8])
        assert precision(c) == pytest.approx(3 / 1234567891, rel=1e-9), places


def test_of_few_places_of_small_numbers_nothing_is_known():
    for places in range(1, 10):
        c = np.array([*[0.0] * 8, 10.0**-places])
        assert precision(c) == pytest.approx(3.0, rel=1e-12), places


def test_ten_places_are_as_many_as_a_program_does_not_print():
    c = np.array([0.0012345679, *[0.0] * 8])
    assert precision(c) == pytest.approx(1e-7, rel=1e-12)  # its eight digits


def test_digits_of_large_and_small_numbers_bound_them():
    """A number of 1e-20 has no ten places, so that its digits alone tell."""
    for digits in range(2, 10):
        c = np.array([float(f"{each:.{digits - 1}e}") for each in (*DIGITS, 1.23456789123e-20)])
        assert precision(c) == pytest.approx(max(CLOSE, 10.0 ** (1 - digits)), rel=1e-12)


def test_types_of_few_bits_bound_their_digits():
    small = np.array([1.23e-20, 4.5e-3, 3.2])
    assert precision(small.astype(np.float32).astype(float)) == OF_FLOAT32
    assert precision(DIGITS.astype(np.float32).astype(float)) == OF_FLOAT32
    assert precision(DIGITS.astype(np.float16).astype(float)) == OF_FLOAT16
    assert precision(np.append(DIGITS.astype(np.float16), 1e100)) == CLOSE
    assert precision(np.append(DIGITS.astype(np.float32), 1e100)) == CLOSE


def test_zeros_are_known_to_a_tenth():
    assert precision(np.zeros(4)) == pytest.approx(0.2, rel=1e-12)


CASE = drawn(["tanh", "sigmoid"], (2, 3, 4), N=5)
GRADIENT = computed(CASE)
NAMES = {
    "keys": lambda name, l: (name, l),
    "W1": lambda name, l: f"{name}{l}",
    "dW_1": lambda name, l: f"d{name}_{l}",
    "grad W(1)": lambda name, l: f"grad {name}({l})",
    "W1.grad": lambda name, l: f"{name}{l}.grad",
}


def one_way(computed):
    ways = [*arranged(problem(CASE), computed)]
    assert len(ways) == 1
    return ways[0]


def assert_these(arrays, keys=GRADIENT):
    assert arrays.keys() == {*keys}
    for key in keys:
        np.testing.assert_array_equal(arrays[key], GRADIENT[key])


def test_arrays_are_known_by_their_names():
    for form in NAMES.values():
        arrays, said = one_way({form(*key): array for key, array in GRADIENT.items()})
        assert said == ()
        assert_these(arrays)


def test_arrays_are_known_by_their_order():
    for keys in ([("W", 1), ("W", 2)], [("W", 1), ("b", 1), ("W", 2), ("b", 2)]):
        for made in (list, tuple):
            assert_these(one_way(made(GRADIENT[key] for key in keys))[0], keys)
    case = drawn(["tanh", "tanh"], (2, 3, 3), N=4, biased=[False, True])
    arrays = computed(case)
    for keys in ([("W", 1), ("W", 2), ("b", 2)], [("W", 1), ("W", 2)]):
        (way, *_) = arranged(problem(case), [arrays[key] for key in keys])
        assert [*way[0]] == keys


def test_layers_that_are_grouped_are_taken_apart():
    groups = [[GRADIENT["W", l], GRADIENT["b", l]] for l in (1, 2)]
    for each in (
        groups,
        [tuple(group) for group in groups],
        [[array.tolist() for array in group] for group in groups],
        [groups[0][0], groups[0][1], groups[1]],
    ):
        assert_these(one_way(each)[0])


def test_integers_name_weights():
    arrays, _ = one_way({1: GRADIENT["W", 1], 2: GRADIENT["W", 2]})
    assert [*arrays] == [("W", 1), ("W", 2)]


def test_axes_of_one_are_left_out_and_weights_that_are_transposed_are_turned():
    given = {"W1": GRADIENT["W", 1][:, :, None], "b1": GRADIENT["b", 1][None]}
    arrays, said = one_way(given)
    assert said == ()
    assert {key: array.shape for key, array in arrays.items()} == {("W", 1): (2, 3), ("b", 1): (3,)}
    arrays, said = one_way({"W1": GRADIENT["W", 1].T, "b1": GRADIENT["b", 1][:, None]})
    assert said == ("weights have shape (n_out, n_in)",)
    np.testing.assert_array_equal(arrays["W", 1], GRADIENT["W", 1])
    np.testing.assert_array_equal(arrays["b", 1], GRADIENT["b", 1])


def test_a_column_of_weights_lies_in_the_way_of_the_others():
    case = drawn(["tanh", "sigmoid"], (2, 3, 1), N=5)
    right = computed(case)
    column, transposed = right["W", 2], "weights have shape (n_out, n_in)"
    for array, its in [(column, ()), (column.ravel(), ()), (column.T, (transposed,))]:
        assert [said for _, said in arranged(problem(case), {"W2": array})] == [its]
    both = {"W1": right["W", 1].T, "W2": right["W", 2].T}
    (way,) = arranged(problem(case), both)
    assert way[1] == (transposed,)
    square = drawn(["tanh"], (2, 2), N=5)
    ways = [*arranged(problem(square), {"W1": [[1, 2], [3, 4]]})]
    assert [said for _, said in ways] == [(), (transposed,)]
    assert [arrays["W", 1].tolist() for arrays, _ in ways] == [[[1, 2], [3, 4]], [[1, 3], [2, 4]]]
    assert all(arrays["W", 1].dtype == float for arrays, _ in ways)


SHAPES = "{('W', 1): (2, 3), ('b', 1): (3,), ('W', 2): (3, 4), ('b', 2): (4,)}"
KEYS = "[('W', 1), ('b', 1), ('W', 2), ('b', 2)]"
REFUSED = [
    ({}, ValueError, "computed must have at least one array"),
    (
        {"W1": np.ones((5, 2))},
        ValueError,
        f"computed must have the shapes {SHAPES}, or transposed, not {{('W', 1): (5, 2)}}",
    ),
    ({"V1": [1]}, ValueError, f"computed must have keys of {KEYS}, not ['V1']"),
    ({"W": [1], 2.5: [1]}, ValueError, f"computed must have keys of {KEYS}, not ['W', 2.5]"),
    ({"W3": [1]}, ValueError, f"computed must have keys of {KEYS}, not [('W', 3)]"),
    (
        {"W1": np.ones((2, 3)), "dW1": np.ones((2, 3))},
        ValueError,
        "computed must have one array each, not two: ['W1', 'dW1']",
    ),
    ("W1", TypeError, "computed must be a dict or a list of arrays, not 'W1'"),
    (7, TypeError, "computed must be a dict or a list of arrays, not 7"),
    ([np.ones((2, 3))] * 3, ValueError, "computed must have 2 or 4 arrays, not 3"),
    ({"W1": [["a"]]}, TypeError, "('W', 1) must"),
    ({"W1": np.full((2, 3), np.nan)}, ValueError, "('W', 1) must be finite"),
]


def test_what_does_not_fit_is_refused_in_words_that_say_what_does():
    for given, error, said in REFUSED:
        with pytest.raises(error) as caught:
            diagnose(network(CASE), CASE.x, CASE.t, given)
        assert str(caught.value).startswith(said)


def asked(case=CASE, x=None, t=None, given=None, net=None, **told):
    x, t = (case.x if x is None else x), (case.t if t is None else t)
    return diagnose(net or network(case), x, t, given or computed(case), **told)


def test_examples_come_in_rows_or_columns_and_one_alone_as_it_is():
    for x, t in [(CASE.x.T, CASE.t.T), (CASE.x.T, CASE.t), (CASE.x, CASE.t.T)]:
        assert asked(x=x, t=t).verdict == "right"
    one = drawn(["tanh", "sigmoid"], (2, 3, 4), N=1)
    for x, t in [(one.x[0], one.t[0]), (one.x[0], one.t), (one.x, one.t[0])]:
        assert asked(one, x, t).verdict == "right"
    single = drawn(["tanh", "sigmoid"], (1, 3, 1), N=5)
    assert asked(single, single.x[:, 0], single.t[:, 0]).verdict == "right"
    square = drawn(["tanh"], (3, 3), N=3)  # as many examples as inputs: they are rows
    assert asked(square).verdict == "right"
    assert asked(square, square.x.T, square.t.T).verdict != "right"


def test_numbers_of_few_bits_are_computed_with_in_many():
    case = drawn(["tanh", "sigmoid"], (2, 3, 4), N=5)
    of_few = [each.astype(np.float32) for each in (case.x, case.t)]
    W, b = ([each.astype(np.float32) for each in its[:2]] for its in (case.W, case.b))
    net = Network([Layer(W[0], b[0], tanh), Layer(W[1], b[1], sigmoid)])
    told = [[each.astype(float) for each in its] for its in (W, b, of_few)]
    exact = type(case)(told[0], told[1], case.f, case.loss, *told[2])
    said = asked(exact, *of_few, net=net)
    assert said.verdict == "right"
    assert said.residual < 1e-12


def test_one_mask_is_that_of_all_examples():
    row = np.array([2.0, 0.0, 2.0])
    case = drawn(["tanh", "sigmoid"], (2, 3, 2), N=4)
    case.masks[1] = np.tile(row, (4, 1))
    for mask in (row, row.tolist(), case.masks[1]):
        assert asked(case, masks={1: mask}).verdict == "right"
    assert asked(case, given=computed(case)).verdict != "right"


MISFITS = [
    ({"net": [1]}, TypeError, "network must be a Network, not [1]"),
    ({"x": np.ones((5, 3))}, ValueError, "x must have shape (N, 2), not (5, 3)"),
    ({"x": np.ones(2)}, ValueError, "target must have shape (N, 4), not (5, 4)"),
    ({"x": np.ones(5)}, ValueError, "x must have shape (N, 2), not (5,)"),
    ({"x": np.ones((5, 2, 1))}, ValueError, "x must have shape (N, 2), not (5, 2, 1)"),
    ({"t": np.ones((4, 4))}, ValueError, "target must have the 5 examples of x, not 4"),
    ({"t": np.ones(4)}, ValueError, "target must have shape (N, 4), not (4,)"),
    ({"t": np.ones((5, 3))}, ValueError, "target must have shape (N, 4), not (5, 3)"),
    ({"x": np.full((5, 2), np.nan)}, ValueError, "x must be finite"),
    ({"learning_rate": 0}, ValueError, "learning_rate must be positive and finite"),
    ({"learning_rate": "a"}, TypeError, "learning_rate must be"),
    ({"weight_decay": -1}, ValueError, "weight_decay must be 0 or more and finite"),
    ({"masks": [1]}, TypeError, "masks must be a dict of arrays by layer, not [1]"),
    ({"masks": {2: np.ones(4)}}, ValueError, "masks must be of layers [1], not of 2"),
    ({"masks": {0: np.ones(2)}}, ValueError, "masks must be of layers [1], not of 0"),
    ({"masks": {True: np.ones(3)}}, ValueError, "masks must be of layers [1], not of True"),
    ({"masks": {1: np.ones(4)}}, ValueError, "masks[1] must have shape (5, 3), not (4,)"),
    ({"masks": {1: np.ones((4, 3))}}, ValueError, "masks[1] must have shape (5, 3), not (4, 3)"),
    ({"masks": {1: [[np.inf] * 3]}}, ValueError, "masks[1] must be finite"),
    ({"before": 1}, ValueError, "before must be a network of sizes (2, 3, 4), not 1"),
    (
        {"before": network(CASES["softmax"])},
        ValueError,
        "before must be a network of sizes (2, 3, 4), not ",
    ),
]


def test_what_is_given_beside_the_gradient_is_refused_where_it_does_not_fit():
    for told, error, said in MISFITS:
        with pytest.raises(error) as caught:
            asked(**told)
        assert str(caught.value).startswith(said), said


def test_of_too_large_numbers_it_is_said_which():
    huge = np.longdouble("1e4000")
    if not np.isfinite(huge):
        pytest.skip("no longer numbers on this processor")
    for name in ("x", "t"):
        array = np.full(getattr(CASE, name).shape, huge)
        word = {"x": "x", "t": "target"}[name]
        with pytest.raises(ValueError, match=f"^{word} must be no larger than float64 can be"):
            asked(**{name: array})
    with pytest.raises(ValueError, match=r"^masks\[1\] must be no larger"):
        asked(masks={1: np.full(3, huge)})


def test_a_layer_that_is_no_dense_one_is_named():
    net = random_network(np.random.default_rng(0), (2, 3, 4), (tanh, tanh))
    other = Network([net[1], Dropout(0.5, np.random.default_rng(0)), net[2]])
    with pytest.raises(TypeError, match=r"^network must be made of Layer, not .*\(layer 2\)$"):
        asked(net=other)


@pytest.mark.parametrize("name", ["W", "b"])
def test_weights_that_are_not_finite_are_named(name):
    broken = network(CASE)
    getattr(broken[2], name).flat[0] = np.nan
    with pytest.raises(ValueError, match=f"^{name} of layer 2 must be finite"):
        asked(net=broken)


def test_a_gradient_that_is_not_finite_is_compared_with_nothing():
    case = drawn(["identity", "identity"], (2, 3, 4), N=5)
    big = [1e200 * W for W in case.W]
    with pytest.raises(FloatingPointError, match=r"^the gradient of the network is not finite at"):
        asked(type(case)(big, case.b[:2], case.f, case.loss, case.x, case.t), given=GRADIENT)


def test_outputs_of_the_step_before_went_through_the_same_masks():
    case = drawn(["tanh", "sigmoid"], (2, 3, 4), N=5, dropout=True, stale=True)
    before = type(case)(*case.before, *list(vars(case).values())[2:])
    given = computed(case, frozenset([("outputs of before", None)]))
    said = asked(case, given=given, masks=case.masks, before=network(before))
    assert said.mistakes == ("the outputs are those of the forward pass before the last update",)


def test_of_what_is_not_known_the_distance_of_the_nearest_is_said():
    case = drawn(["tanh"], (2, 3), N=3)
    noise = {"W1": [[1, -2, 3], [5, 4, -3]], "b1": [1, -4, 2]}
    said = asked(case, given=noise)
    assert said.verdict == "unknown"
    assert said.residual == said.nearest > 0.1
    assert said.tried > 1 + len(list(mistakes(problem(case))))


def of(verdict="wrong", mistakes=("a",), right=(), conventions=(), residual=0.0, alternatives=()):
    return Diagnosis(
        verdict,
        conventions,
        mistakes,
        alternatives,
        residual,
        1.0,
        9,
        ("x",) * len(mistakes),
        right,
    )


def test_of_two_ways_to_lie_the_one_that_explains_more_by_less_is_better():
    """Known before unknown; then few mistakes, many right arrays, few conventions, and near."""
    better_first = [
        of("right", ()),
        of("right", (), residual=1e-12),
        of("right", (), conventions=("c",)),
        of(right=(("W", 1),), conventions=("c",)),
        of(),
        of(residual=1e-12),
        of(conventions=("c",)),
        of(mistakes=("a", "b")),
        of("unknown", (), right=(("W", 1),)),
        of("unknown", ()),
        of("unknown", (), residual=0.5),
    ]
    keys = [_order(each) for each in better_first]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_what_two_ways_to_lie_explain_alike_is_said_of_both():
    turned = of(mistakes=("b", "c"), conventions=("turned", "summed"))
    best = of(mistakes=("a", "d"), alternatives=(("e",),))
    assert _merged(best, [turned]).alternatives == (("e",), ("b", "c (turned, summed)"))
    for other in (of(mistakes=("b",)), of("unknown", ("b", "c"))):
        assert _merged(best, [other]) == best
    unknown = of("unknown", ())
    assert _merged(unknown, [of("unknown", ())]) == unknown
    assert _merged(of("right", ()), [of("right", ())]) == of("right", ())
