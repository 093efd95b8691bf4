"""What the page on notation says of scikit-learn's `MLPRegressor`."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.neural_network import MLPRegressor

from backprop import Layer, Network, identity, sigmoid


def test_scikit_learn_prints_a_mean_over_units_and_differentiates_a_sum():
    """Its row in docs/notation.md says so of "half the square": mend the row if this fails."""
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    theirs = MLPRegressor(
        hidden_layer_sizes=(4,),
        activation="logistic",
        solver="sgd",
        alpha=0,
        momentum=0,
        learning_rate_init=0.1,
    )
    theirs.partial_fit(x, target)
    before = [each.copy() for each in (*theirs.coefs_, *theirs.intercepts_)]
    theirs.partial_fit(x, target)
    W_1, W_2, b_1, b_2 = before
    ours = Network([Layer(W_1, b_1, sigmoid), Layer(W_2, b_2, identity)])
    done = ours.backward(ours.forward(x), target)
    assert theirs.loss_ == pytest.approx(done.loss / 2)
    steps = done.steps(0.1)
    for l in (1, 2):
        assert_allclose(theirs.coefs_[l - 1] - before[l - 1], steps["W", l], rtol=1e-9, atol=1e-15)
