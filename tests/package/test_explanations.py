"""What the doctor says of wrong gradients, held against a plain ranking of all that it knows.

Of each small network, all mistakes are made, one at a time, by the program of the benchmark.
"""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from doctored import CASES, STALE, drawn, expected, network, problem

from backprop import diagnose
from backprop._explaining import Fit, _reached, _Search
from backprop._mistakes import Mistake, gradient, mistakes
from benchmarks.wrong_gradients import computed


def diagnosed(case, given):
    return diagnose(
        network(case),
        case.x,
        case.t,
        given,
        learning_rate=case.rate or None,
        weight_decay=case.decay,
        masks=case.masks or None,
        before=case.before and network(replace(case, W=case.before[0], b=case.before[1])),
    )


def flat(arrays):
    return np.concatenate([arrays[key].ravel() for key in sorted(arrays)])


def conventions(case):
    """What each factor says that is none of a mistake, by its number: the fewest words."""
    rate = [(case.rate, f"the learning rate, {case.rate:g}, is multiplied in")] if case.rate else []
    of_loss = [
        (len(case.x), "summed over the examples, not averaged"),
        (2.0, "the loss is without its factor one half"),
        (1 / case.t.shape[1], "the loss is averaged over the output units"),
    ]
    of_loss = [each for each in of_loss if each[0] != 1]
    down = (-1.0, "minus the gradient: it points downhill")
    for few in range(6):
        for its in itertools.combinations([*rate, *of_loss, down], few):
            said = [each for _, each in its]
            if its and its[-1] == down and not (rate and its[0] == rate[0]):
                said = [said[-1], *said[:-1]]
            yield math.prod(factor for factor, _ in its), tuple(said)


def known_as(case, factor):
    """The words for a factor, or None if it has none."""
    near = [said for value, said in conventions(case) if abs(factor / value - 1) < 1e-9]
    return near[0] if near else None


def off(one, other):
    """Factor and distance of one list of numbers from another, relative to its length."""
    of_one, of_other = np.linalg.norm(one), np.linalg.norm(other)
    if of_other == 0:
        return 1.0, 1.0
    cosine = one @ other / of_one / of_other
    return cosine * of_one / of_other, np.linalg.norm(one / of_one - cosine * other / of_other)


UPDATED = "the error is carried back to {} over weights that have been updated already"


def moved_by(case, given):
    """What comes of weights that were updated too early by what is given, or by its steps."""
    right = computed(case)
    last = given["W", case.L]
    downhill = -np.sign(np.sum(last * right["W", case.L]))
    for l in [*range(1, case.L), None]:
        layers = [l] if l else [*range(1, case.L)] * (case.L > 2)
        for step in (1, case.rate) if case.rate else (1,):
            over = {k: case.W[k] + step * downhill * given["W", k + 1] for k in layers}
            if over:
                said = UPDATED.format(f"layer {l}" if l else "each hidden layer")
                row = Mistake(said, {}, "all error terms first, then the steps", "hidden-error")
                yield row, computed(replace(case, over=over))


ALONE = ["one layer", "softmax", "softmax with squared error", "some biases"]


@pytest.mark.parametrize("which", ALONE)
def test_each_mistake_is_named_by_all_that_gives_its_numbers(which):
    case = CASES[which]
    rows = [(row, gradient(problem(case), row.choices)) for row in mistakes(problem(case))]
    right = gradient(problem(case), {})
    for said, (_, _, ways) in expected(case).items():
        for given in ways:
            c = flat(given)
            diagnosis = diagnosed(case, given)
            if (factor := off(c, flat(right)))[1] < 1e-9 and known_as(case, factor[0]) is not None:
                assert diagnosis.verdict == "right", said
                assert diagnosis.mistakes == diagnosis.advice == diagnosis.alternatives == ()
                assert diagnosis.conventions == known_as(case, factor[0])
                assert set(diagnosis.right) == set(given)
                continue
            known = [*rows, *moved_by(case, given)]
            fits = [(row, *off(c, flat(arrays))) for row, arrays in known]
            named = {}
            for row, factor, residual in fits:
                words = known_as(case, factor)
                if residual < 1e-9 and words is not None:
                    weight = row.weight + 0.01 * len(words)
                    named[row.name] = min(named.get(row.name, (9,)), (weight, words, row.name))
            assert diagnosis.verdict == "wrong", said
            assert diagnosis.conventions == named[diagnosis.mistakes[0]][1], said
            came = [diagnosis.mistakes, *diagnosis.alternatives]
            assert {(name,) for name in named} == {*came}, said
            weights = [named[name][0] for (name,) in came]
            assert weights == sorted(weights), said
            assert said in named
            row = next(row for row, _ in known if row.name == diagnosis.mistakes[0])
            assert diagnosis.advice == (f"{row.right}  (equation {row.equation})",)
            others = [off(c, flat(right))[1], *(r for row, _, r in fits if row.name not in named)]
            assert diagnosis.residual < 1e-14
            np.testing.assert_allclose(diagnosis.nearest, min(others), 1e-6, 1e-14, err_msg=said)
            assert diagnosis.tried == 1 + len(known)
            alike = {
                factor: {k for k, a in given.items() if np.allclose(a, factor * right[k], 1e-8, 0)}
                for factor, _ in conventions(case)
            }
            assert len(diagnosis.right) == max(map(len, alike.values())), said
            assert set(diagnosis.right) in alike.values(), said


def test_a_right_gradient_is_right_times_each_factor_that_is_a_convention():
    case = drawn(["tanh", "sigmoid"], (2, 3, 3), N=5, rate=0.37, biased=[True, False])
    right, seen = computed(case), {}
    for factor, words in conventions(case):
        seen.setdefault(round(factor, 12), words)
    assert len(seen) == 32
    for factor, words in seen.items():
        diagnosis = diagnosed(case, {key: factor * array for key, array in right.items()})
        assert (diagnosis.verdict, diagnosis.conventions) == ("right", words)
        assert diagnosis.residual < 1e-14
        assert set(diagnosis.right) == set(right)
        turned = {key: factor * array.T for key, array in right.items()}
        words = ("weights have shape (n_out, n_in)", *words)
        assert diagnosed(case, turned).conventions == words


def test_a_factor_that_is_no_convention_is_said_in_six_digits():
    case = drawn(["tanh"], (2, 3), N=3, rate=None)
    diagnosis = diagnosed(case, {key: 0.123456789 * a for key, a in computed(case).items()})
    assert diagnosis.verdict == "right"
    said = "all arrays are multiplied by 0.123457, such as a learning rate"
    assert diagnosis.conventions == (said,)
    assert diagnosis.right == ()


def test_a_penalty_that_is_counted_once_beside_a_loss_that_is_scaled_is_a_convention():
    case = drawn(["tanh"], (2, 3), N=4, decay=0.3, rate=0.1)
    of_loss = computed(replace(case, decay=0.0))
    once = "the penalty is counted once, and not multiplied with the loss"
    for factor, words in conventions(replace(case, rate=0.0)):
        for rate in (1, 0.1):
            sign = -1 if factor < 0 else 1
            given = {k: rate * factor * a for k, a in of_loss.items()}
            given["W", 1] = given["W", 1] + rate * sign * 0.3 * case.W[0]
            diagnosis = diagnosed(case, given)
            assert diagnosis.verdict == "right", (factor, str(diagnosis))
            its = {*words, *["the learning rate, 0.1, is multiplied in"] * (rate < 1)}
            scaled = abs(factor) != 1
            assert {*diagnosis.conventions} == {*its, *[once] * scaled}, factor
            assert diagnosis.conventions[-1:] == (once,) * scaled or not scaled


def test_zeros_are_right_where_the_gradient_is_0_and_explained_by_nothing_elsewhere():
    case = drawn(["tanh"], (2, 3), N=3)
    zeros = {key: 0 * array for key, array in computed(case).items()}
    unknown = diagnosed(case, zeros)
    assert (unknown.verdict, unknown.residual, unknown.nearest) == ("unknown", 1, 1)
    y = np.tanh(case.x @ case.W[0] + case.b[0])
    learned = replace(case, t=y)
    diagnosis = diagnosed(learned, zeros)
    assert (diagnosis.verdict, diagnosis.residual, diagnosis.conventions) == ("right", 0, ())
    assert set(diagnosis.right) == set(zeros)
    assert diagnosed(learned, computed(case)).verdict == "unknown"


def test_which_arrays_a_mistake_may_change():
    case = CASES["square"]
    every = {(name, l) for name in "Wb" for l in (1, 2, 3)}
    for row in mistakes(problem(case)):
        reached = set()
        for about, how in row.choices.items():
            kind, *where = about if isinstance(about, tuple) else (about,)
            if kind in ("slope", "carrier", "updated", "carried", "mask"):
                reached |= {key for key in every if key[1] <= where[0]}
            elif kind in ("input", "bias"):
                reached |= {("W" if kind == "input" else "b", where[0])}
            elif kind == "factor":
                reached |= {("b", 1), ("b", 2), ("b", 3)} if where[1] == 0 else {(*where,)}
            elif kind in ("swapped", "turned"):
                reached |= {how} if kind == "turned" else {*where}
            else:
                assert kind in ("target", "rows", "rows of all", "penalty", "penalized biases")
                reached = every
        assert _reached(row, dict.fromkeys(every)) == reached, row
        assert _reached(row, {("W", 2): None, ("b", 1): None}) == reached & {("W", 2), ("b", 1)}
        right, wrong = (gradient(problem(case), made) for made in ({}, row.choices))
        changed = {key for key in every if not np.allclose(right[key], wrong[key], 1e-9, 0)}
        assert changed <= reached, row


def test_what_is_kept_of_both_passes_is_all_that_a_gradient_is_made_of():
    """Whichever scale its loss has, and whatever else is done to it later."""
    for case in (CASES["square"], CASES["three layers"], STALE):
        scaled = replace(problem(case), weight_decay=0.3)
        search = _Search(problem(case), computed(case), 1.0)
        search.problem = replace(search.problem, weight_decay=0.3)
        for row in [*mistakes(scaled)]:
            wanted = gradient(scaled, row.choices)
            for key, array in search.gradient(row.choices).items():
                np.testing.assert_array_equal(array, wanted[key], err_msg=row.name)


def test_two_mistakes_are_held_against_what_was_computed_unless_an_array_rules_them_out():
    case = drawn(["tanh", "sigmoid"], (2, 2, 2), N=3, biased=[True, False], rate=None)
    rows = list(mistakes(problem(case)))
    pairs = [
        (one, other)
        for one, other in itertools.combinations(rows, 2)
        if not one.choices.keys() & other.choices.keys()
    ]
    tried = []
    for one, other in pairs[::40]:
        given = gradient(problem(case), {**one.choices, **other.choices})
        held = {(str(a), str(b)) for a, b in _Search(problem(case), given, 1.0).pairs()}
        tried.append(len(held))
        for a, b in pairs[::5]:
            of = gradient(problem(case), {**a.choices, **b.choices})
            if off(flat(given), flat(of))[1] < 1e-9:
                assert (str(a), str(b)) in held, (one.name, other.name, a.name, b.name)
    assert max(tried) < len(pairs) / 2


def test_of_two_wrong_arrays_both_are_explained():
    """W_2 is doubled and b_1 is that of one example: no pair is tried that leaves b_1 as it was."""
    case = drawn(["tanh", "sigmoid"], (2, 3, 2), N=3, rate=None)
    made = frozenset([("biases of the last example", 1), ("factor", (("W", 2), 2))])
    given = computed(case, made)
    diagnosis = diagnosed(case, given)
    assert diagnosis.mistakes == (
        "of the biases, the last example alone is counted, in layer 1",
        "W_2 is 2 times what it should be",
    )
    assert set(diagnosis.right) == {("W", 1), ("b", 2)}
    assert diagnosis.conventions == ()
    search = _Search(problem(case), given, 1.0)
    held = [(str(one), str(other)) for one, other in search.pairs()]
    assert held == [*not_ruled_out(search, given)]
    assert diagnosis.tried == 1 + len(search.rows) + len(held)


def not_ruled_out(search, given):
    """The pairs of which no array that is reached by one at most says that it is not made."""
    right = gradient(search.problem, {})
    alone = [gradient(search.problem, row.choices) for row in search.rows]
    for i, j in itertools.combinations(range(len(search.rows)), 2):
        of = [search.rows[i], search.rows[j]]
        if of[0].choices.keys() & of[1].choices.keys() or not all(each.common for each in of):
            continue
        fits = []
        for key, array in given.items():
            reached = [key in _reached(each, given) for each in of]
            if not all(reached):
                its = alone[i] if reached[0] else alone[j] if reached[1] else right
                fits.append(off(array.ravel(), its[key].ravel())[1] < 1e-6)
        if all(fits) or any("exchanged" in each.name for each in of):
            yield str(of[0]), str(of[1])


def test_beside_an_exchange_no_array_rules_anything_out():
    case = drawn(["tanh", "sigmoid"], (2, 2, 2), N=3, biased=[True, False], rate=None)
    two = ("arrays exchanged", (("W", 1), ("W", 2))), ("biases of the last example", 1)
    given = computed(case, frozenset(two))
    search = _Search(problem(case), given, 1.0)
    held = [(str(one), str(other)) for one, other in search.pairs()]
    assert held == [*not_ruled_out(search, given)]
    assert (
        "the gradient of the biases is missing, in layer 1",
        "W_1 and W_2 are exchanged",
    ) in held


def beside(array, off, times=1.0):
    """A multiple of an array, with something at a right angle to it, of a share of its length."""
    other = np.roll(array, 1)
    other = other - array * np.sum(other * array) / np.sum(array**2)
    return times * (array + off * other * np.linalg.norm(array) / np.linalg.norm(other))


def fitted(times, off, scale=1.0, decay=0.0):
    """What is made of a gradient that lies beside the right one, all of one array."""
    case = drawn(["tanh"], (3, 2), N=5, biased=[False], rate=None, decay=decay)
    right = gradient(problem(replace(case, decay=decay / scale)), {})
    given = {key: beside(array, off, times) for key, array in right.items()}
    return _Search(problem(case), given, scale).fit(())


def test_a_factor_is_known_if_it_is_as_near_as_the_numbers_fit():
    for times, near in [(1 + 2.9e-3, True), (1 - 2.9e-3, True), (1 + 3.1e-3, False)]:
        fit = fitted(5 * times, 1e-3)
        assert fit.conventions == (("summed over the examples, not averaged",) if near else None)
        assert fit.factor == pytest.approx(5 * times, rel=1e-6)
        assert fit.residual == pytest.approx(1e-3, rel=1e-5)
    assert fitted(5 * (1 + 9e-10), 0).conventions is not None
    assert fitted(5 * (1 + 1.1e-9), 0).conventions is None


def test_a_loss_that_is_scaled_has_a_known_factor():
    """Any other would make of every penalty one that was counted once."""
    assert np.isfinite(fitted(5, 1e-3, 5.0, 0.3).residual)
    assert np.isfinite(fitted(4, 1e-3).residual)
    assert fitted(4, 1e-3, 5.0, 0.3).residual == np.inf


def test_how_far_an_array_may_be_from_a_multiple_of_what_it_is():
    case = drawn(["tanh", "sigmoid"], (3, 4, 2), N=5, rate=None)
    right = gradient(problem(case), {})
    for size in (1e4, 1, 1e-4):
        for key in right:
            given = {k: size * array for k, array in right.items()}
            search = _Search(problem(case), given, 1.0)
            for close, off, near in [
                (1e-9, 0.9e-6, True),
                (1e-9, 1.1e-6, False),
                (1e-4, 9.9e-3, True),
                (1e-4, 10.05e-3, False),
            ]:
                search.close = close
                search.given = {**given, key: beside(given[key], off)}
                assert search._proportional(key, right) == near, (key, size, off)
            # An array that is small beside the others may be anything.
            for share, near in [(0.9e-6, True), (2e-6, False)]:
                search.close = 1e-9
                tiny = np.ones(right[key].shape)
                tiny.flat[0] = -1
                tiny *= share * search.of_c / np.linalg.norm(tiny)
                search.given = {**given, key: tiny}
                assert search._proportional(key, right) == near, (key, size, share)


def test_how_far_an_array_may_be_from_the_right_one():
    case = drawn(["tanh", "sigmoid"], (3, 4, 2), N=5, rate=None)
    right = gradient(problem(case), {})
    for close, off, near in [
        (1e-9, 9.9e-9, True),
        (1e-9, 10.5e-9, False),
        (1e-2, 0.0099, True),  # where few digits were printed, a hundredth at most
        (1e-2, 0.0102, False),
    ]:
        given = {key: 5 * array for key, array in right.items()}
        given["b", 1] = beside(given["b", 1], off)
        search = _Search(problem(case), given, 1.0)
        search.close = close
        assert (("b", 1) in search.right()) == near, (close, off)
        assert {*search.right()} >= {*right} - {("b", 1)}


def test_the_fewest_words_are_said_of_a_factor_that_several_give():
    half = "the loss is without its factor one half"
    for N, n, rate, factor, words in [
        (4, 2, None, 2, (half,)),  # and summed over 4 examples, averaged over 2 outputs
        (3, 4, None, 2, (half,)),
        (3, 4, 2.0, 2, ("the learning rate, 2, is multiplied in",)),
        (3, 4, 1.0, 2, (half,)),
    ]:
        case = drawn(["tanh"], (2, n), N=N, rate=rate)
        given = {key: factor * array for key, array in computed(case).items()}
        assert diagnosed(case, given).conventions == words


def test_weights_that_were_moved_by_what_is_given_are_found_beside_biases():
    """One hidden unit is dead, so that nothing is learned of the weights behind it."""
    case = drawn(["relu", "sigmoid"], (2, 3, 2), N=4, rate=None)
    case.W[0][:, 0], case.b[0][0] = 0, -1
    moved = case.W[1] - computed(case)["W", 2]
    given = computed(replace(case, over={1: moved}))
    assert not given["W", 2][0].any()
    for keys in ([("W", 1), ("b", 1), ("W", 2), ("b", 2)], [("W", 2), ("W", 1)]):
        diagnosis = diagnosed(case, {key: given[key] for key in keys})
        assert diagnosis.mistakes == (UPDATED.format("layer 1"),)


def test_what_fits_badly_is_doubted_and_what_may_fit_by_chance_tells_nothing():
    case = drawn(["tanh"], (3, 2), N=3, biased=[False], rate=None)
    search = _Search(problem(case), computed(case), 1.0)
    made = (search.rows[0],)
    search.close = 3e-9
    assert not search.doubts(Fit(made, 1.0, 0.99e-10, ()))
    assert search.doubts(Fit(made, 1.0, 1.01e-10, ()))
    assert search.doubts(Fit(made, 1.0, 0.0, None))
    assert not search.doubts(Fit((), 1.0, 1.0, None))
    search.close = 0.1  # a digit of each number
    assert len(search.known) == 16
    for explanations, numbers, tells in [(10, 6, True), (10, 5, False), (625, 7, True)]:
        search.c = np.ones(numbers)
        fits = [Fit((), 1.0, 0.0, ())] * explanations
        assert search._tells(fits[0], fits) == tells
        search.c = np.ones(numbers + 1)  # one of them tells the factor
        assert search._tells(Fit((), 1.0, 0.0, None), fits) == tells


def test_the_simplest_explanation_is_best_unless_another_is_ten_times_as_near():
    case = drawn(["tanh"], (3, 2), N=3, biased=[False], rate=None)
    search = _Search(problem(case), computed(case), 1.0)
    search.close = 1e-4
    two = Fit(tuple(search.rows[:2]), 1.0, 1e-6, ())
    for residual, simplest in [(9.9e-6, True), (10.1e-6, False)]:
        one = Fit((search.rows[0],), 1.0, residual, ())
        assert search.explained([two, one]) == [one if simplest else two]


def test_a_factor_without_a_meaning_is_believed_less_than_a_mistake_and_more_than_two():
    one, two = Mistake("one", {}, "", "", weight=1.2), Mistake("two", {}, "", "")
    said = ("downhill", "summed", "without its half")
    every = [((), said), ((one,), said), ((), None), ((two, two), ()), ((two,), None)]
    weights = [Fit(made, 1.0, 0.0, words).weight for made, words in every]
    assert weights == sorted(weights)
    assert len({*weights}) == 5
