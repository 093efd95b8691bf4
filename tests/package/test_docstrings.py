"""What docstrings say of shapes and errors is what happens."""

import builtins
import importlib
import inspect
import math
import re
import sys
import types

import numpy as np
import pytest
from calls import GENERATOR, OF, swept
from numpydoc.docscrape import NumpyDocString

from backprop import (
    Activation,
    Adam,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GradientDescent,
    Layer,
    LayerNormalization,
    Loss,
    MaxPooling,
    MeanPooling,
    Network,
    PositionalEncoding,
    RecurrentLayer,
    RMSNormalization,
    RMSProp,
    SelfAttention,
    Steps,
    Tied,
    Units,
    Variable,
    checking,
    datasets,
    diagnose,
    draw_graph,
    gradients,
    identity,
    parallel,
    recorded_gradients,
    squared_error,
    tanh,
    training,
)

SIZES = {
    "T": 11, "N": 7, "N_k": 7, "n_0": 3, "n_1": 5, "n_2": 2, "n_L": 2, "L": 2,
    "n_in": 13, "n_out": 17, "n_next": 19, "n": 31, "m": 9, "k": 23,
    "channels": 12, "channels_in": 8, "channels_out": 10,
    "height": 24, "width": 33, "m_h": 21, "m_w": 28, "k_h": 4, "k_w": 6,
    "T_q": 37, "T_k": 41, "d": 43, "heads": 31,
}  # fmt: skip
"""All sizes that do not stand for the same differ; m windows of length k fit into n, by ones."""

RNG = np.random.default_rng(0)


def uniform(*shape):
    return RNG.uniform(0.1, 0.9, shape)


NET = Network([Layer(uniform(3, 5), uniform(5), tanh), Layer(uniform(5, 2), uniform(2), identity)])
ROWS = ((), (7,))
SPACE, KERNELS = ((31,), (24, 33)), ((23,), (4, 6))

OBJECTS = {
    "Network": lambda _: NET,
    "Activation": lambda _: tanh,
    "Loss": lambda _: squared_error,
    "Backward": lambda form: passed(NET, ROWS[form]),
    "GradientDescent": lambda _: GradientDescent(0.1, 0.9),
    "RMSProp": lambda _: RMSProp(0.1),
    "Adam": lambda _: Adam(0.1),
    "Variable": lambda _: Variable(uniform(3, 5)),
    "Dense": lambda _: Dense(uniform(13, 17), uniform(17)),
    "Layer": lambda _: Layer(uniform(13, 17), uniform(17), tanh),
    "Units": lambda _: Units(tanh),
    "Convolution": lambda form: Convolution(uniform(10, 8, *KERNELS[form])),
    "MaxPooling": lambda form: MaxPooling(KERNELS[form], 1),
    "MeanPooling": lambda form: MeanPooling(KERNELS[form], 1),
    "Flatten": lambda _: Flatten(),
    "BatchNormalization": lambda _: BatchNormalization(uniform(31), uniform(31)),
    "LayerNormalization": lambda _: LayerNormalization(uniform(31), uniform(31)),
    "RMSNormalization": lambda _: RMSNormalization(uniform(31)),
    "Dropout": lambda _: Dropout(0.5, GENERATOR),
    "Embedding": lambda _: Embedding(uniform(23, 31)),
    "PositionalEncoding": lambda _: PositionalEncoding(11, 31),
    "Recurrence": lambda _: RecurrentLayer(uniform(3, 5), uniform(5, 5)),
    "SelfAttention": lambda _: SelfAttention(
        uniform(31, 4), uniform(31, 4), uniform(31, 6), uniform(6, 17), heads=2
    ),
    "Tied": lambda _: Tied(Embedding(uniform(23, 31))),
}
"""What methods are called of, for an example and for a batch."""

GIVEN = {
    "network": lambda _: NET,
    "activation": lambda _: tanh,
    "learning_rate": lambda _: 0.5,
    "weight_decay": lambda _: 0.5,
    "rng": lambda _: GENERATOR,
    "every": lambda _: 1,
    "noise": lambda _: 0.1,
    "held_out": lambda _: 360,
    "network.Network.backward trace": lambda form: passed(NET, ROWS[form]).trace,
    "losses.Loss.__call__ output": lambda form: uniform(*ROWS[form], 2),
    "channels.channel_convolution_error n": lambda form: SPACE[form],
    "channels.channel_kernel_step k": lambda form: KERNELS[form],
    "pooling.mean_pooling_error n": lambda form: SPACE[form],
    "size": lambda form: KERNELS[form],
    "blockwise.blockwise_attention size": lambda _: 2,
    "blockwise.blockwise_error size": lambda _: 2,
    "stride": lambda _: 1,
    "parallel.downhill_over_parts parts": lambda _: [
        (uniform(N, 3), uniform(N, 2)) for N in (4, 7)
    ],
    "parallel.weighted_mean every": lambda _: [passed(NET, ROWS[1]).steps(0.5)] * 2,
    "parallel.weighted_mean sizes": lambda _: [4, 7],
}
"""Arguments that are no arrays."""


def passed(whole, rows):
    return whole.backward(whole.forward(uniform(*rows, 3)), uniform(*rows, 2))


def target_of(name):
    """Return what a name stands for in the package."""
    module, *names = name.split(".")
    value = importlib.import_module(f"backprop.{module}")
    for each in names:
        value = getattr(value, each)
    return value


def doc(value):
    return NumpyDocString(inspect.getdoc(value) or "")


def forms(kind):
    """Return the shapes that the type of a parameter or result names, as tuples of words."""
    kind = kind.partition(", optional")[0]
    if same := re.search(r"of the shape of (\w+)|of (that|the same) shape", kind):
        return [("shape of", same[1] or same[2])]
    if "array" not in kind:
        return []
    number = [()] if re.search(r"^a number|or a number", kind) else []
    shapes = [
        tuple(word.strip() for word in shape.split(",") if word.strip())
        for shape in re.findall(r"\(([^()]*)\)", kind)
    ]
    return number + shapes


def sized(shape, sizes):
    """Return a shape in numbers; what has no size is left as it is."""
    return tuple(
        eval(re.sub(r"(\d) ([a-z])", r"\1*\2", word), {}, dict(sizes))
        if isinstance(word, str) and set(re.findall(r"[A-Za-z]\w*", word)) <= set(sizes)
        else word
        for word in shape
    )


def arguments_of(name, form, sizes):
    """Return arguments with the shapes that the docstring names, and how many forms there are."""
    function, found, many = target_of(name), {}, 1
    for parameter in doc(function)["Parameters"]:
        shapes = forms(parameter.type)
        many = max(many, len(shapes))
        key = parameter.name
        if shapes and shapes[0][:1] == ("shape of",):
            found[key] = uniform(*np.shape(found[_meant(shapes[0][1], found)]))
        elif shapes:
            shape = sized(shapes[min(form, len(shapes) - 1)], sizes)
            found[key] = uniform(*shape) if shape else 0.5
            if "array of int" in parameter.type:
                found[key] = np.arange(math.prod(shape)).reshape(shape) % SIZES["k"]
            if "array of bool" in parameter.type:
                found[key] = np.ones(shape, bool)
        elif parameter.type == "int" and key in sizes:
            found[key] = sizes[key]
        elif maker := GIVEN.get(f"{name} {key}") or GIVEN.get(key):
            found[key] = maker(form)
        elif "optional" in parameter.type or _has_default(function, key):
            continue
        else:
            found[key] = OF[name][0].arguments[key]
    return found, many


def _has_default(function, key):
    return inspect.signature(function).parameters[key].default is not inspect.Parameter.empty


def _meant(word, found):
    arrays = [key for key, each in found.items() if isinstance(each, np.ndarray)]
    return word if word in found else arrays[-1]


def differences(name, form):
    """Yield a result, the shapes that it may have, and the one that it has."""
    owner = name.rpartition(".")[0]
    function, sizes = target_of(name), dict(SIZES)
    given, _ = arguments_of(name, form, sizes)
    owner = owner.rpartition(".")[2]
    if owner in OBJECTS:
        function = types.MethodType(function, OBJECTS[owner](form))
    result = function(**given)
    returns = doc(target_of(name))["Returns"]
    results = result if len(returns) > 1 else (result,)
    for expected, each in zip(returns, results, strict=True):
        yield from compared(expected, each, form, sizes, given)


RECORDED = ("Trace", "Steps", "Backward", "Example", "Checkpointed")


def compared(expected, value, form, sizes, given):
    kind = type(value).__name__
    if kind == "Steps":
        for name in ("W", "b"):
            said = doc(inspect.getattr_static(type(value), name))["Returns"][0]
            yield from compared(said, getattr(value, name), form, sizes, given)
    elif kind in RECORDED:
        for attribute in doc(type(value))["Attributes"]:
            part = getattr(value, attribute.name)
            # The networks of the datasets have sizes of their own.
            known = {} if kind == "Example" else sizes
            yield from compared(attribute, part, form, known, given)
    elif isinstance(value, datasets.Data) or expected.type == "pair of Data":
        said = re.findall(r"of shape \(([^)]*)\)", " ".join(expected.desc))
        for data in [value] if isinstance(value, datasets.Data) else value:
            for part, words in zip(data, said, strict=True):
                shape = tuple(word.strip() for word in words.split(","))
                yield [shape], np.shape(part), {"n": sizes["n"]}
    else:
        yield from _of_array(expected, value, form, sizes, given)


def _of_array(expected, value, form, sizes, given):
    shapes = forms(expected.type)
    if shapes and shapes[0][:1] == ("shape of",):
        word = shapes[0][1]
        meant = given["shape"] if word == "that" else np.shape(given[_meant(word, given)])
        yield [meant], np.shape(value), sizes
    elif shapes:
        wanted = [shapes[min(form, len(shapes) - 1)]]
        for l, each in value.items() if isinstance(value, dict) else ((None, value),):
            yield wanted, np.shape(each), {**sizes, **_of_layer(l)}
    elif expected.type in ("float", "int"):
        yield [()], np.shape(value), sizes
    elif said := re.search(r"tuple of (L \+ 1) int", expected.type):
        yield [(said[1],)], (len(value),), sizes


def _of_layer(l):
    if l is None:
        return {}
    return {"n_l": NET.sizes[l], "n_in": NET.sizes[l - 1], "n_out": NET.sizes[l]}


def fits(wanted, shape, sizes):
    for each in wanted:
        expected = sized(each, sizes)
        if len(expected) == len(shape) and all(
            isinstance(n, str) or n == m for n, m in zip(expected, shape, strict=True)
        ):
            return True
    return False


def of_module(module):
    """Return what is public in a module, by its name."""
    return {name for name in OF if name.startswith(f"{module}.")}


NO_SHAPES = {
    *of_module("chain"),
    "dense.Dense.downhill",
    "dense.Dense.jvp",
    "dense.Layer.jvp",
    "units.Units.forward",
    "units.Units.jvp",
    "network.Network.gradient",
    "network.Network.with_parameters",
    "autodiff.Variable.__getitem__",
    "autodiff.Variable.sum",
    "autodiff.apply_activation",
    "autodiff.describe",
    "autodiff.gradients",
    "autodiff.recorded_gradients",
    "autodiff.vjp_terms",
    "autodiff.topological_order",
    "curvature.gauss_newton_product",
    "curvature.hessian_product",
    "curvature.outputs_along",
    "checking.check_gradient",
    "checking.compare_gradients",
    "datasets.passage",
    "diagnosis.diagnose",
    "drawing.draw_network",
    "drawing.number",
    "graphs.draw_graph",
    "initialization.random_network",
    "network.Network.__getitem__",
    "network.Network.copy",
    "pooling.Flatten.forward",
    "training.train",
}
"""Functions whose docstrings name no shape of a result, or say it in words."""

SHAPED = [name for name in OF if doc(target_of(name))["Returns"] and name not in NO_SHAPES]


@pytest.mark.parametrize("name", SHAPED)
def test_results_have_the_shapes_that_are_said(name):
    _, many = arguments_of(name, 0, SIZES)
    compared = [each for form in range(many) for each in differences(name, form)]
    assert compared
    for wanted, shape, sizes in compared:
        assert fits(wanted, shape, sizes), (wanted, shape)


def _without_sklearn():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sklearn.datasets", None)
        datasets.digits()


def _too_large_a_weight():
    whole = Network([Layer(np.full((1, 1), 1.7e308))])
    whole.apply(Steps({("W", 1): np.full((1, 1), 1.7e308)}))


def _too_large_a_step_of_a_network():
    whole = Network([Layer(np.full((1, 1), 1e-50), activation=identity)])
    whole.backward(whole.forward([1e200]), [-1e150]).steps(1.0)


def _infinite_slope(differentiate):
    v = Variable(0.0)
    differentiate(np.sqrt(v), [v])


def steep(w):
    """Return what rises by more than there are numbers for, and is 0 at 0."""
    return np.sum(w * 1e200) * 1e120


def _diverging():
    training.train(
        NET.copy(), uniform(7, 3), uniform(7, 2), epochs=99, optimizer=GradientDescent(1e9)
    )


def _overflowing(function):
    return function(np.full((7, 3), 1e200), np.full((7, 2), 1e200))


def _too_many_values():
    long = Variable(1.0)
    for _ in range(60):
        long = -long
    draw_graph(long, title="t")


def _too_large_a_square(forward):
    forward(1e200 * np.array([[1.0, 2.0], [3.0, 1.0]]))


def _too_large_an_average():
    layer = BatchNormalization(np.ones(2), np.zeros(2))
    layer.running_variance = np.full(2, 1e6)
    layer.forward(np.ones((2, 2), np.float16))


ALSO = {
    ("activations.Activation", "ValueError"): lambda: Activation("a", abs, abs, of="neither"),
    ("losses.Loss", "ValueError"): lambda: Loss("a", abs, abs, tanh),
    ("autodiff.gradients", "FloatingPointError"): lambda: _infinite_slope(gradients),
    ("autodiff.recorded_gradients", "FloatingPointError"): lambda: _infinite_slope(
        recorded_gradients
    ),
    ("checking.compare_gradients", "FloatingPointError"): lambda: checking.compare_gradients(
        lambda p: steep(p["w"]), lambda p: p, {"w": np.zeros(2)}
    ),
    ("diagnosis.diagnose", "FloatingPointError"): lambda: diagnose(
        Network([Layer([[1e200]], activation=identity)]), [1e200], [0.0], [[[1.0]]]
    ),
    ("checking.complex_step", "FloatingPointError"): lambda: checking.complex_step(
        steep, np.zeros(2)
    ),
    ("autodiff.gradients", "ValueError"): lambda: gradients(Variable([1.0, 2.0]), []),
    ("autodiff.recorded_gradients", "ValueError"): lambda: recorded_gradients(
        Variable([1.0, 2.0]), []
    ),
    ("datasets.digits", "ImportError"): _without_sklearn,
    ("graphs.draw_graph", "ValueError"): _too_many_values,
    ("graphs.draw_graph", "FloatingPointError"): lambda: draw_graph(
        np.sqrt(Variable(0.0)), title="t"
    ),
    ("normalization.LayerNormalization.forward", "FloatingPointError"): lambda: _too_large_a_square(
        LayerNormalization(np.ones(2), np.zeros(2)).forward
    ),
    ("normalization.RMSNormalization.forward", "FloatingPointError"): lambda: _too_large_a_square(
        RMSNormalization(np.ones(2)).forward
    ),
    ("normalization.BatchNormalization.forward", "FloatingPointError"): _too_large_an_average,
    (
        "normalization.BatchNormalization.training_forward",
        "FloatingPointError",
    ): lambda: _too_large_a_square(BatchNormalization(np.ones(2), np.zeros(2)).training_forward),
    ("network.Backward.steps", "FloatingPointError"): _too_large_a_step_of_a_network,
    ("network.Network.apply", "FloatingPointError"): _too_large_a_weight,
    ("optimizers.GradientDescent.step", "FloatingPointError"): lambda: GradientDescent(2.0).step(
        ("W", 1), np.full(2, 1e308)
    ),
    ("parallel.downhill_over_parts", "FloatingPointError"): lambda: _overflowing(
        lambda x, t: parallel.downhill_over_parts(NET, [(x, t)])
    ),
    ("parallel.downhill_of_part", "FloatingPointError"): lambda: _overflowing(
        lambda x, t: parallel.downhill_of_part(NET, x, t)
    ),
    ("parallel.weighted_mean", "ValueError"): lambda: parallel.weighted_mean([Steps({})], []),
    ("training.train", "DivergenceError"): _diverging,
}
"""Calls that raise what no odd value of one argument does."""


@pytest.mark.parametrize("name", sorted(OF))
def test_errors_that_are_said_are_raised_and_no_others(name):
    said = {each.type for each in doc(target_of(name))["Raises"]}
    raised = {each.__name__ for each in swept(name).raised}
    for error in said - raised:
        kind = getattr(builtins, error, None) or getattr(training, error)
        with pytest.raises(kind):
            ALSO[name, error]()
    assert raised <= said, f"{sorted(raised - said)} is raised, but not said"


def test_many_shapes_and_errors_are_said():
    assert len(SHAPED) >= 45
    assert sum(len(doc(target_of(name))["Raises"]) for name in OF) >= 100
