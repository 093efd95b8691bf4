"""The lines of PyTorch and JAX in the chapter on these, run as they stand, give what we give.

The book is built without either. Where they are not installed, these tests are skipped, unless
BACKPROP_REQUIRE_PEERS says that they must run.
"""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from peers import library

from backprop import datasets
from book.execution import slicing
from book.source import fences

PAGE = Path(__file__).parents[2] / "docs" / "pytorch-and-jax.md"
TOLD = [one for one in fences.read(PAGE) if not one.runs]
TITLES = [one.options["title"] for one in TOLD]


def run(title):
    """Run what is copied with the fence of this title, and return the names that it binds."""
    names = {}
    exec(compile(slicing.beside(TOLD[: TITLES.index(title) + 1]), PAGE, "exec"), names)
    return names


def ours():
    """Gradients by the two arrays of weights, and the network after a step of chapter 3."""
    network, x, target, learning_rate = datasets.three_two_one()
    steps = network.backward(network.forward(x), target).steps(learning_rate)
    gradients = [-steps.W[l] / learning_rate for l in (1, 2)]
    network.apply(steps)
    return gradients, [network[l].W for l in (1, 2)]


def test_every_fence_that_the_book_does_not_run_is_run_here():
    assert sorted(TITLES) == [
        "JAX",
        "JAX: one compiled step",
        "JAX: overwritten",
        "PyTorch",
        "PyTorch: detach",
        "PyTorch: no_grad",
        "PyTorch: one step",
        "PyTorch: overwritten",
        "PyTorch: zero_grad forgotten",
    ]


class TestPyTorch:
    @pytest.fixture(autouse=True)
    def torch(self):
        return library("torch")

    def test_gradients(self):
        names = run("PyTorch")
        for name, expected in zip(("W_1", "W_2"), ours()[0], strict=True):
            gradient = names[name].grad.numpy()
            assert gradient.dtype == np.float64
            assert_allclose(gradient, expected, rtol=1e-10)

    def test_a_step_is_that_of_apply(self):
        names = run("PyTorch: one step")
        for name, expected in zip(("W_1", "W_2"), ours()[1], strict=True):
            assert_allclose(names[name].detach().numpy(), expected, rtol=1e-10)

    @pytest.mark.shows("pytorch-grows", 1)
    def test_gradients_add_up_where_they_are_not_cleared(self):
        names = run("PyTorch: zero_grad forgotten")
        assert_allclose(names["W_2"].grad.numpy(), 2 * names["once"].numpy(), rtol=1e-10)

    def test_what_lies_before_detach_gets_no_gradient(self):
        names = run("PyTorch: detach")
        assert names["W_1"].grad is None
        assert names["W_2"].grad is not None

    @pytest.mark.shows("pytorch-in-place", 1)
    def test_an_update_in_place_is_made_only_outside_the_record(self, capsys):
        before = run("PyTorch: one step")["W_1"].detach()
        W_1 = run("PyTorch: no_grad")["W_1"]
        said = capsys.readouterr().out
        assert "a leaf Variable that requires grad is being used in an in-place operation" in said
        once = before - 0.5 * W_1.grad
        assert_allclose(W_1.detach().numpy(), once.numpy(), rtol=1e-10)

    def test_an_update_that_is_no_change_in_place_makes_no_leaf(self):
        names = run("PyTorch")
        assert not (names["W_1"] - 0.5 * names["W_1"].grad).is_leaf

    @pytest.mark.shows("pytorch-in-place", 2)
    def test_a_value_that_is_overwritten_is_found_out(self, capsys):
        run("PyTorch: overwritten")
        said = capsys.readouterr().out
        assert "one of the variables needed for gradient computation has been modified by" in said

    def test_float32_is_what_one_gets_without_asking(self, torch):
        assert torch.tensor([0.5]).dtype == torch.float32
        assert torch.tensor(np.array([0.5])).dtype == torch.float64


class TestJAX:
    @pytest.fixture(autouse=True)
    def jax(self):
        jax = library("jax")
        yield jax
        jax.config.update("jax_enable_x64", False)

    def test_gradients(self):
        names = run("JAX")
        for name, expected in zip(("by_W_1", "by_W_2"), ours()[0], strict=True):
            gradient = np.asarray(names[name])
            assert gradient.dtype == np.float64
            assert_allclose(gradient, expected, rtol=1e-10)

    def test_a_step_is_that_of_apply(self):
        names = run("JAX: one compiled step")
        for name, expected in zip(("W_1", "W_2"), ours()[1], strict=True):
            assert_allclose(np.asarray(names[name]), expected, rtol=1e-10)

    def test_arrays_do_not_change(self, capsys):
        names = run("JAX: overwritten")
        assert "immutable" in capsys.readouterr().out
        assert names["a_1"][0] != 0
        assert names["changed"][0] == 0

    def test_float32_is_what_one_gets_without_asking(self, jax):
        assert jax.numpy.array([0.5]).dtype == np.float32
        assert jax.numpy.array(np.array([0.5])).dtype == np.float32
