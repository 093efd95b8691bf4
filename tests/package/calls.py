"""Right calls of everything that is public, and what is public."""

import importlib
import inspect
import os
from collections import defaultdict
from functools import cache
from pathlib import Path

import calls_images
import calls_normal
import calls_sequences
import numpy as np
from odd import Right, sweep

import backprop
from backprop import (
    Activation,
    Adam,
    Differentiable,
    GradientDescent,
    Layer,
    Loss,
    Network,
    RMSProp,
    Variable,
    activations,
    autodiff,
    binary_cross_entropy,
    chain,
    checking,
    checkpointing,
    convolution,
    cross_entropy,
    curvature,
    datasets,
    dense,
    derivatives,
    diagnosis,
    drawing,
    graphs,
    identity,
    implicit,
    initialization,
    jacobian,
    losses,
    optimizers,
    parallel,
    relu,
    rules,
    sigmoid,
    softmax,
    squared_error,
    tanh,
    training,
    units,
)
from backprop._arrays import floats

MODULES = sorted(path.stem for path in Path(backprop.__file__).parent.glob("[!_]*.py"))

RECORDS = {
    "chain.Chain",
    "chain.Differentiable",
    "chain.Residual",
    "tied.Tied",
    "checkpointing.Checkpointed",
    "datasets.Data",
    "datasets.Example",
    "diagnosis.Diagnosis",
    "network.Backward",
    "network.Steps",
    "network.Trace",
    "optimizers.Optimizer",
    "recurrent.Recurrence",
    "training.DivergenceError",
    "training.History",
}
"""What the package makes and nobody else; `Optimizer` and `Differentiable` say what one must have.
A chain takes its layers by their places, and has none of its arguments by name."""


ON_DISK = {"saving.load", "saving.save"}
"""A text is a right file for them: the sweep would write what it is called. test_saving.py has odd
values of theirs."""


def public():
    """Yield the name of each function, class with a constructor, and method that is documented."""
    for module in map(importlib.import_module, (f"backprop.{each}" for each in MODULES)):
        for name, value in vars(module).items():
            own = getattr(value, "__module__", None) == module.__name__
            if name.startswith("_") or not own:
                continue
            full = f"{module.__name__.removeprefix('backprop.')}.{name}"
            if inspect.isfunction(value) and full not in ON_DISK:
                yield full
            if inspect.isclass(value):
                if full not in RECORDS:
                    yield full
                if full != "optimizers.Optimizer":
                    yield from (f"{full}.{method}" for method in _methods(value))


def _methods(owner):
    for name, value in vars(owner).items():
        if (
            inspect.isfunction(value)
            and not hasattr(value, "__isabstractmethod__")
            and (not name.startswith("_") or name in ("__call__", "__getitem__"))
        ):
            yield name


RNG = np.random.default_rng(0)


def normal(*shape):
    # Far enough from 0 that rounding leaves something of it.
    values = RNG.normal(size=shape)
    return np.sign(values) * (np.abs(values) + 0.6)


def layer(m, n, f, biases=True):
    return Layer(normal(m, n), normal(n) if biases else None, f)


def shares_of_one(N, n):
    return np.eye(n)[RNG.integers(0, n, N)]


def net(*activations, loss=squared_error):
    sizes = (2, 4, 3)[-1 - len(activations) :]
    return Network(
        [layer(m, n, f) for m, n, f in zip(sizes, sizes[1:], activations, strict=False)], loss
    )


def learning(whole, batch):
    """Return an input, a target, a trace, a backward pass and steps."""
    x = normal(5, whole.sizes[0])
    t = normal(5, 3) if whole.loss is squared_error else shares_of_one(5, 3)
    if not batch:
        x, t = x[0], t[0]
    trace = whole.forward(x)
    backward = whole.backward(trace, t)
    return {"x": x, "target": t, "trace": trace, "backward": backward, "steps": backward.steps(0.5)}


SMALL = net(tanh, sigmoid)
CLASSES = net(tanh, softmax, loss=cross_entropy)
YES_NO = net(sigmoid, sigmoid, loss=binary_cross_entropy)
KINKED = net(relu, identity)
LEARNT = {
    (each.loss, batch): (each, learning(each, batch))
    for each in (SMALL, CLASSES, YES_NO)
    for batch in (False, True)
}
GENERATOR = np.random.default_rng(1)
OVERFLOWS = (FloatingPointError,)


def calls():
    yield from calls_of_activations_and_losses()
    yield from calls_of_networks()
    yield from calls_of_layers()
    yield from calls_of_learning()
    yield from calls_of_checks()
    yield from calls_of_the_engine()
    yield from calls_of_convolution()
    yield from calls_images.calls()
    yield from calls_of_the_jacobian()
    yield from calls_of_the_curvature()
    yield from calls_of_what_is_implicit()
    yield from calls_of_initialization()
    yield from calls_of_datasets()
    yield from calls_of_drawings()
    yield from calls_normal.calls()
    yield from calls_sequences.calls()


def calls_of_activations_and_losses():
    anything = frozenset(
        {"name", "function", "derivative", "of_output", "output_error", "of_input"}
    )
    yield Right(
        Activation,
        {"name": "cube", "function": lambda z: z**3, "derivative": lambda a: 3 * np.cbrt(a) ** 2},
        anything=anything,
    )
    for activation in (sigmoid, tanh, relu, identity, softmax):
        for z in (normal(3), normal(5, 3)):
            yield Right(activation.__call__, {"z": z}, free={"z"})
    yield Right(sigmoid.__call__, {"z": 1.0})
    yield Right(activations.log_sum_exp, {"z": normal(5, 3)}, free={"z"})
    yield Right(
        Loss,
        {
            "name": "half",
            "of_output": lambda y, t: np.sum((t - y) ** 2),
            "output_error": lambda y, t: t - y,
            "activation": tanh,
            "of_input": lambda z, t: np.sum((t - np.tanh(z)) ** 2),
        },
        anything=anything,
    )
    for rows in ((3,), (5, 3)):
        e, a = normal(*rows), softmax(normal(*rows))
        yield Right(activations.softmax_error, {"e": e, "a": a}, equation=True)
    for (loss, _), (_, learnt) in LEARNT.items():
        given = {"output": learnt["trace"].output, "target": learnt["target"]}
        yield Right(loss.__call__, given, errors=OVERFLOWS)
        yield Right(loss.require_target, {"target": learnt["target"]}, free={"target"})
        yield Right(losses.error, given, equation=True)
    for rows in ((), (5,)):
        error, output = normal(*rows, 3), normal(*rows, 3)
        yield Right(
            losses.output_delta,
            {"error": error, "output": output, "activation": tanh},
            equation=True,
        )


def calls_of_networks():
    together = {"W": ["b"], "W_next": ["a"], "delta_next": ["a"], "x": ["target"]}
    for rows in ((), (5,)):
        a, W, b, delta = normal(*rows, 4), normal(4, 3), normal(3), normal(*rows, 3)
        hidden = {"delta_next": delta, "W_next": W}
        for function, given in [
            (dense.weighted_input, {"a": a, "W": W, "b": b}),
            (dense.hidden_error, hidden),
            (dense.hidden_delta, {**hidden, "a": a, "activation": tanh}),
            (dense.weight_step, {"a": a, "delta": delta, "learning_rate": 0.5}),
        ]:
            free = set() if function is dense.hidden_delta else {"a", "delta", "delta_next"}
            yield Right(
                function, given, free=free, equation=True, optional={"b"}, synonyms=together
            )
        yield Right(
            dense.bias_step,
            {"delta": delta, "learning_rate": 0.5},
            free={"delta"},
            equation=True,
        )
    yield Right(
        Layer,
        {"W": normal(4, 3), "b": normal(3), "activation": tanh},
        synonyms=together,
        optional={"b"},
    )
    yield Right(
        Network, {"layers": list(SMALL), "loss": squared_error}, synonyms={"layers": ["layer"]}
    )
    for whole, learnt in LEARNT.values():
        x, t, trace = learnt["x"], learnt["target"], learnt["trace"]
        yield Right(whole.forward, {"x": x}, errors=OVERFLOWS)
        given = {"x": x, "target": t}
        yield Right(whole.predict, {"x": x}, errors=OVERFLOWS)
        yield Right(whole.loss_of, given, synonyms=together, errors=OVERFLOWS)
        yield Right(whole.gradient, given, synonyms=together, errors=OVERFLOWS)
        given = {"values": {("W", 1): normal(2, 4)}}
        yield Right(whole.with_parameters, given, equation=True)
        yield Right(whole.backward, {"trace": trace, "target": t}, errors=OVERFLOWS)
        yield Right(whole.apply, {"steps": learnt["steps"]}, changed={"self"}, errors=OVERFLOWS)
        yield Right(learnt["backward"].steps, {"learning_rate": 0.5}, errors=OVERFLOWS)
    yield Right(SMALL.copy, {})
    yield Right(SMALL.__getitem__, {"l": 1}, synonyms={"l": ["layers"]}, errors=(IndexError,))


class Doubled(Differentiable):
    """A layer of a reader's own, which inherits all that it can."""

    names = ("w",)

    def __init__(self, w):
        self.w = w

    def forward(self, a):
        a = floats("a", a, (1, 2, 3))
        return 2 * a, lambda e: (2 * e, {"w": 0 * self.w})


def calls_of_layers():
    """Layers let NaN and infinities through."""
    whole = chain.Chain(layer(4, 3, tanh), units.Units(sigmoid))
    branch = chain.Residual(layer(4, 3, tanh), layer(3, 4, tanh))
    for each in (
        Doubled(normal(3)),
        whole,
        branch,
        dense.Dense(normal(4, 3), normal(3)),
        layer(4, 3, tanh),
    ):
        a = normal(5, 4)
        for name in ("forward", "training_forward", "sums"):
            method = getattr(each, name, None)
            if method is not None and method.__module__.startswith("backprop"):
                yield Right(method, {"a": a}, free={"a"}, equation=True)
        yield Right(
            each.jvp,
            {"a": a, "a_dot": normal(5, 4)},
            free={"a", "a_dot"},
            synonyms={"a": ["a_dot"], "a_dot": ["a"]},
            equation=True,
        )
        if isinstance(each, dense.Dense):
            free, both = {"a", "delta"}, {"a": ["delta"], "delta": ["a"]}
            given = {"a": a, "delta": normal(5, 3)}
            yield Right(each.downhill, given, free=free, synonyms=both, equation=True)
        key = next(iter(each.parameters))
        given = {"values": {key: each.parameters[key]}}
        yield Right(each.with_parameters, given, equation=True)
    for f in (tanh, softmax):
        z, free = normal(5, 3), {"z", "z_dot"}
        yield Right(units.Units(f).forward, {"z": z}, free=free, equation=True)
        given = {"z": z, "z_dot": normal(5, 3)}
        both = {"z": ["z_dot"], "z_dot": ["z"]}
        yield Right(units.Units(f).jvp, given, free=free, synonyms=both, equation=True)
    yield Right(units.Units, {"activation": tanh})
    yield Right(
        dense.Dense,
        {"W": normal(4, 3), "b": normal(3)},
        synonyms={"W": ["b"]},
        optional={"b"},
    )


def calls_of_learning():
    optional = {"batch_size", "rng", "validation", "patience", "progress"}
    for whole, learnt in (LEARNT[loss, True] for loss in (squared_error, cross_entropy)):
        x, t = learnt["x"], learnt["target"]
        yield Right(
            training.train,
            {
                "network": whole,
                "x": x,
                "target": t,
                "epochs": 2,
                "optimizer": GradientDescent(0.1),
                "batch_size": 3,
                "rng": GENERATOR,
                "weight_decay": 0.01,
                "validation": (normal(3, 2), t[:3]),
                "patience": 2,
                "progress": iter,
            },
            changed={"network", "optimizer", "rng"},
            synonyms={"x": ["target"]},
            endless={"epochs", "patience"},
            called={"progress"},
            optional=optional,
            errors=OVERFLOWS,
        )
        yield Right(training.accuracy, {"output": learnt["trace"].output, "target": t})
        yield Right(
            parallel.downhill_of_part,
            {"network": whole, "x": x, "target": t},
            synonyms={"x": ["target"]},
            errors=OVERFLOWS,
        )
        yield Right(
            parallel.downhill_over_parts,
            {"network": whole, "parts": [(x[:2], t[:2]), (x[2:], t[2:])], "map": map},
            synonyms={"parts": ["parts[0]", "parts[1]"]},
            errors=OVERFLOWS,
        )
        for every in (1, 2):
            yield Right(
                checkpointing.backward_with_checkpoints,
                {"network": whole, "x": x, "target": t, "every": every},
                synonyms={"x": ["target"]},
                typed=frozenset({".bytes_kept"}),
                errors=OVERFLOWS,
            )
    whole, learnt = LEARNT[squared_error, True]
    yield Right(parallel.weighted_mean, {"every": [learnt["steps"]] * 2, "sizes": [2, 3]})
    yield Right(GradientDescent, {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True})
    yield Right(RMSProp, {"learning_rate": 0.1, "rho": 0.9})
    yield Right(Adam, {"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.999})
    for optimizer in (
        GradientDescent(0.1),
        GradientDescent(0.1, 0.9),
        GradientDescent(0.1, 0.9, nesterov=True),
        RMSProp(0.1),
        Adam(0.1),
    ):
        optimizer.step(("W", 1), normal(4, 3))
        yield Right(
            optimizer.step,
            {"key": ("W", 1), "downhill": normal(4, 3)},
            changed={"self"},
            anything={"key"},
            free={"downhill"} if getattr(optimizer, "momentum", 1) == 0 else set(),
            errors=OVERFLOWS,
        )
    v, s, d = normal(4, 3), normal(4, 3) ** 2, normal(4, 3)
    kept = {"learning_rate": 0.1, "momentum": 0.9}
    for rule, arguments in (
        (rules.momentum_step, {"v": v, "d": d, **kept}),
        (rules.nesterov_step, {"v": v, "d": d, **kept}),
        (rules.rmsprop_step, {"s": s, "d": d, "learning_rate": 0.1, "rho": 0.9}),
        (
            rules.adam_step,
            {"m": v, "s": s, "d": d, "tau": 3, "learning_rate": 0.1, "beta1": 0.9, "beta2": 0.999},
        ),
    ):
        yield Right(rule, arguments, equation=True)
    yield Right(
        optimizers.with_weight_decay,
        {"downhill": normal(4, 3), "W": normal(4, 3), "weight_decay": 0.1},
        equation=True,
    )


def calls_of_checks():
    def loss(p):
        return np.sum((p["W"] @ p["v"]) ** 2) / 2

    def gradient(p):
        e = p["W"] @ p["v"]
        return {"W": np.outer(e, p["v"]), "v": e @ p["W"]}

    for method in (checking.central_difference, checking.complex_step):
        yield Right(
            method,
            {"f": lambda w: np.sum(w**2), "w": normal(3), "h": 1e-5},
            free={"w"},
            endless={"w"},
            called={"f", "w", "h"},
            errors=OVERFLOWS,
        )
        yield Right(
            checking.compare_gradients,
            {
                "loss": loss,
                "gradient": gradient,
                "parameters": {"W": normal(2, 3), "v": normal(3)},
                "method": method,
            },
            synonyms={"parameters": ["'v'", "'W'", "W", "v"]},
            called={"loss", "gradient", "parameters", "method"},
            noise=1e-6,
            errors=OVERFLOWS,
        )
        whole, learnt = LEARNT[squared_error, True]
        yield Right(
            checking.check_gradient,
            {"network": whole, "x": learnt["x"], "target": learnt["target"], "method": method},
            synonyms={"x": ["target"]},
            called={"method"},
            noise=1e-6,
            errors=OVERFLOWS,
        )
    small = Network([Layer(normal(2, 1), normal(1), tanh), Layer(normal(1, 2), normal(2))])
    x, target = normal(3, 2), normal(3, 2)
    yield Right(
        diagnosis.diagnose,
        {
            "network": small,
            "x": x,
            "target": target,
            "computed": dict(small.gradient(x, target)),
            "learning_rate": 0.5,
            "weight_decay": 0.0,
            "masks": {1: np.ones((3, 1))},
            "before": small,
        },
        synonyms={"x": ["target"], "computed": ["W", "b"], "masks": ["masks["]},
        free={"computed", "masks", "target"},
        optional={"learning_rate", "masks", "before"},
        noise=1e-6,
        errors=OVERFLOWS,
    )
    yield Right(checking.relative_error, {"analytic": normal(4, 3), "numerical": normal(4, 3)})


def calls_of_the_engine():
    v = Variable(normal(4, 3), "v")
    row = Variable(normal(3), "row")
    output = (np.tanh(v) * row).sum()
    yield Right(Variable, {"value": normal(4, 3), "name": "v"}, free={"value"})
    yield Right(v.__getitem__, {"index": 1}, anything={"index"}, errors=(IndexError,))
    yield Right(autodiff.apply_activation, {"a": v, "activation": tanh})
    yield Right(autodiff.topological_order, {"output": output})
    yield Right(
        autodiff.vjp_terms, {"node": output.parents[0], "gradient": normal(4, 3)}, equation=True
    )
    yield Right(autodiff.gradients, {"output": output, "inputs": [v, row]})
    yield Right(autodiff.recorded_gradients, {"output": output, "inputs": [v, row]})
    yield Right(autodiff.describe, {"output": output})
    yield Right(
        derivatives.unbroadcast,
        {"gradient": normal(4, 3), "shape": (1, 3)},
        free={"gradient"},
        equation=True,
    )


def calls_of_convolution():
    for rows in ((), (5,)):
        a, w, delta = normal(*rows, 7), normal(3), normal(*rows, 5)
        for function, given, free in [
            (convolution.convolution, {"a": a, "w": w}, {"a", "w"}),
            (convolution.convolution_error, {"delta": delta, "w": w}, {"delta", "w"}),
            (
                convolution.kernel_step,
                {"a": a, "delta": delta, "learning_rate": 0.5},
                {"a", "delta"},
            ),
        ]:
            yield Right(function, given, free=free, equation=True)
    yield Right(convolution.kernel_places, {"n": 7, "k": 3})
    yield Right(convolution.kernel_matrix, {"w": normal(3), "n": 7}, free={"w"}, equation=True)
    yield Right(
        convolution.shared_step,
        {"step": normal(7, 5), "places": convolution.kernel_places(7, 3)},
        equation=True,
    )


def calls_of_the_jacobian():
    for whole in (SMALL, KINKED):
        for rows in ((), (5,)):
            yield Right(
                jacobian.jvp,
                {"network": whole, "x": normal(2), "x_dot": normal(*rows, 2)},
                errors=OVERFLOWS,
            )
            yield Right(
                jacobian.vjp,
                {"network": whole, "x": normal(2), "y_bar": normal(*rows, 3)},
                errors=OVERFLOWS,
            )


def calls_of_the_curvature():
    for rows in ((), (7,)):
        a, a_dot = normal(*rows, 4), normal(*rows, 4)
        delta, delta_dot = normal(*rows, 3), normal(*rows, 3)
        W, W_dot, b_dot = normal(4, 3), normal(4, 3), normal(3)
        forward = {"a": a, "a_dot": a_dot, "W": W, "W_dot": W_dot, "b_dot": b_dot}
        yield Right(curvature.input_along, forward, equation=True, optional={"b_dot"})
        back = {"delta_next": delta, "delta_next_dot": delta_dot, "W_next": W, "W_next_dot": W_dot}
        yield Right(curvature.error_along, back, equation=True)
        of_step = {"a": a, "a_dot": a_dot, "delta": delta, "delta_dot": delta_dot}
        yield Right(curvature.step_along, of_step, equation=True)
        yield Right(curvature.bend, {"a": tanh(a), "activation": tanh}, free={"a"}, equation=True)
        whole = net(tanh, sigmoid)
        direction = {key: normal(*w.shape) for key, w in whole.parameters.items()}
        given = {"network": whole, "x": normal(*rows, 2), "direction": direction}
        yield Right(curvature.outputs_along, given, errors=OVERFLOWS)
        yield Right(curvature.gauss_newton_product, given, errors=OVERFLOWS)
        given = {**given, "target": normal(*rows, 3)}
        yield Right(curvature.hessian_product, given, synonyms={"x": ["target"]}, errors=OVERFLOWS)


def calls_of_what_is_implicit():
    e, slope, V = normal(5), np.abs(normal(5)), normal(5, 5)
    given = {"e_out": e, "slope": slope, "V": V}
    yield Right(implicit.fixed_point_delta, given, equation=True)
    for rows in ((), (7,)):
        e, slope = normal(*rows, 5), np.abs(normal(*rows, 5))
        given = {"e_next": e, "slope": slope, "V": V, "h": 0.1}
        yield Right(implicit.euler_error, given, equation=True)


def calls_of_initialization():
    for function in (initialization.glorot, initialization.he):
        yield Right(function, {"rng": GENERATOR, "n_in": 4, "n_out": 3}, changed={"rng"})
    yield Right(
        initialization.random_network,
        {
            "rng": GENERATOR,
            "sizes": [2, 4, 3],
            "activations": [tanh, sigmoid],
            "loss": squared_error,
            "initializer": initialization.he,
        },
        changed={"rng"},
    )


def calls_of_datasets():
    for function in (
        datasets.two_one_one,
        datasets.three_two_one,
        datasets.two_two_two,
        datasets.xor,
        datasets.passage,
    ):
        yield Right(function, {})
    for function in (datasets.two_moons, datasets.spirals):
        yield Right(function, {"n": 9, "noise": 0.1, "rng": GENERATOR}, changed={"rng"})
    yield Right(datasets.digits, {"held_out": 100})


def calls_of_drawings():
    whole, learnt = LEARNT[squared_error, False]
    words = {"title": "A drawing", "description": "What it shows"}
    given = {name: learnt[name] for name in ("trace", "backward", "steps")}
    given["unit"] = (1, 0)
    yield Right(drawing.draw_network, {"network": whole, **given, **words}, optional=given.keys())
    yield Right(drawing.number, {"value": 0.5})
    v = Variable(normal(4, 3), "v")
    yield Right(graphs.draw_graph, {"output": (np.tanh(v) * 2).sum(), **words})


OF = defaultdict(list)
for each in calls():
    OF[each.name].append(each)


def swept(name):
    """Return what came of odd values; in a process, a function is called with them once.

    mutmut forks a process for each change, of one that has called the package as it was.
    """
    return _swept(name, os.getpid())


@cache
def _swept(name, _):
    return sweep(OF[name])
