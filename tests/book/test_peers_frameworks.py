"""The lines of PyTorch and JAX in `frameworks-in-earnest.md`, run as they stand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from peers import library

from backprop import central_difference, datasets
from book.execution import slicing
from book.source import fences

PAGE = Path(__file__).parents[2] / "docs" / "frameworks-in-earnest.md"
TOLD = [one for one in fences.read(PAGE) if not one.runs]
TITLES = [one.options["title"] for one in TOLD]


def run(title):
    """Run what is copied with the fence of this title, and return the names that it binds."""
    names = {}
    exec(compile(slicing.beside(TOLD[: TITLES.index(title) + 1]), PAGE, "exec"), names)
    return names


def slopes_of_softplus(z):
    return central_difference(lambda z: np.logaddexp(0, z).sum(), np.asarray(z))


def test_every_fence_that_the_book_does_not_run_is_run_here():
    assert sorted(TITLES) == [
        "JAX: a rule of its own",
        "PyTorch: a hook",
        "PyTorch: a module",
        "PyTorch: a rule of its own",
        "PyTorch: mixed precision",
        "PyTorch: twice",
    ]


class TestPyTorch:
    @pytest.fixture(autouse=True)
    def torch(self):
        return library("torch")

    @pytest.fixture
    def module(self, torch):
        torch.manual_seed(0)
        return run("PyTorch: a module")

    def test_a_loop_over_a_module_takes_the_steps_of_the_package(self, torch, module):
        network, x, target, _ = datasets.three_two_one()
        model = module["Small"](drop=0.0)
        model.load_state_dict({"hidden.weight": module["W_1"], "out.weight": module["W_2"]})
        module["learn"](model, *(torch.tensor(each).float() for each in (x, target)))
        for _ in range(100):
            network.apply(network.backward(network.forward(x), target).steps(0.5))
        assert_allclose(model.hidden.weight.detach().T, network[1].W, rtol=1e-4)
        assert_allclose(model.out.weight.detach().T, network[2].W, rtol=1e-4)

    def test_only_the_mode_turns_dropout_off(self, torch, module):
        x, model = torch.tensor([0.5, 0.1, -0.2]), module["model"]
        assert not model.training

        def outputs():
            with torch.no_grad():
                return len({model(x).item() for _ in range(50)})

        assert outputs() == 1
        assert model(x).requires_grad
        model.train()
        assert outputs() > 1

    def test_a_module_finds_what_is_assigned_to_it_as_a_parameter_or_a_module(self, torch, module):
        model = module["Small"]()
        model.loose, model.listed = torch.ones(2, requires_grad=True), [torch.nn.Linear(2, 2)]
        assert [name for name, _ in model.named_parameters()] == ["hidden.weight", "out.weight"]
        model.fixed = torch.nn.ModuleList(model.listed)
        assert "fixed.0.weight" in dict(model.named_parameters())

    def test_gradcheck_accepts_the_rule_and_refuses_others(self, torch, capsys):
        names = run("PyTorch: a rule of its own")
        assert capsys.readouterr().out == "True\n"
        rule, points = names["Softplus"], names["points"]

        class Steps(rule):
            @staticmethod
            def backward(ctx, g):
                (z,) = ctx.saved_tensors
                return g * (z > 0)

        assert not torch.autograd.gradcheck(Steps.apply, points, raise_exception=False)
        assert torch.autograd.gradcheck(Steps.apply, points[[0, 4]].detach().requires_grad_())
        narrow = points.detach().float().requires_grad_()
        with pytest.warns(UserWarning, match="not a double precision"):
            accepted = torch.autograd.gradcheck(rule.apply, narrow, raise_exception=False)
        assert not accepted

    def test_the_rule_gives_the_slope_where_the_recorded_gradient_is_no_number(self, torch):
        z = torch.tensor([-2.0, 0.5, 800.0], dtype=torch.float64, requires_grad=True)
        run("PyTorch: a rule of its own")["Softplus"].apply(z).sum().backward()
        assert_allclose(z.grad[:2], slopes_of_softplus(z.detach()[:2]), rtol=1e-8)
        assert z.grad[2] == 1
        z = z.detach().requires_grad_()
        torch.where(z > 30, z, torch.log(1 + torch.exp(z))).sum().backward()
        assert torch.isnan(z.grad).tolist() == [False, False, True]

    def test_a_hook_sees_minus_the_error_terms(self):
        seen = run("PyTorch: a hook")["seen"]
        network, x, target, _ = datasets.three_two_one()
        delta = network.backward(network.forward(x), target).delta[1]
        assert len(seen) == 1
        assert_allclose(-seen[0].numpy(), delta, rtol=1e-5)

    @pytest.mark.shows("pytorch-graph", 1)
    def test_a_loss_that_was_cut_from_its_parameters_has_no_graph(self, torch):
        W = torch.tensor([0.5, -0.6], requires_grad=True)
        with torch.no_grad():
            within = W @ W
        by_numpy = torch.from_numpy(W.detach().numpy() ** 2).sum()
        for loss in (within, (W @ W).detach(), by_numpy, torch.tensor((W @ W).item())):
            assert loss.grad_fn is None
            with pytest.raises(RuntimeError, match="does not require grad and does not have a"):
                loss.backward()
        assert (W @ W).grad_fn

    @pytest.mark.shows("pytorch-graph", 2)
    def test_a_state_that_is_carried_on_leads_through_the_batch_before(self, torch):
        W, state = torch.tensor([0.5], requires_grad=True), torch.tensor([1.0])
        state = torch.tanh(W * state)
        state.sum().backward()
        with pytest.raises(
            RuntimeError, match="Trying to backward through the graph a second time"
        ):
            torch.tanh(W * state).sum().backward()
        torch.tanh(W * state.detach()).sum().backward()

    def test_a_record_is_gone_through_once_and_a_sum_of_losses_gives_both(self, capsys):
        names = run("PyTorch: twice")
        assert "Trying to backward through the graph a second time" in capsys.readouterr().out
        each = []
        for n in range(2):
            names["W_1"].grad = None
            names["losses"]()[n].backward()
            each.append(names["W_1"].grad)
        names["W_1"].grad = None
        sum(names["losses"]()).backward()
        assert_allclose(names["W_1"].grad, each[0] + each[1], rtol=1e-5)

    def test_mixed_precision_makes_nearly_the_step_of_double_precision(self, torch):
        names = run("PyTorch: mixed precision")
        W = torch.tensor([[0.5], [0.1], [-0.2]], dtype=torch.float64, requires_grad=True)
        x, target = (names[name].double() for name in ("x", "target"))
        (((target - torch.sigmoid(x @ W)) ** 2).mean() / 2).backward()
        assert names["W"].dtype == torch.float32
        assert_allclose(names["W"].grad, W.grad, rtol=0.01)
        assert_allclose(names["W"].detach(), (W - 0.5 * W.grad).detach(), rtol=1e-3)


class TestJAX:
    def test_the_rule_gives_the_slopes(self, capsys):
        library("jax")
        names = run("JAX: a rule of its own")
        printed = np.array(capsys.readouterr().out.strip("[]\n").split(), dtype=float)
        assert_allclose(printed[:3], slopes_of_softplus([-2.0, 0.0, 3.0]), rtol=1e-5)
        assert printed[3] == 1
        assert_allclose(names["softplus"](3.0), np.logaddexp(0, 3.0), rtol=1e-6)
