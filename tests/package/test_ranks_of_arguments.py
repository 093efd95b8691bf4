"""An array with more or fewer axes than the docstring names is refused by its own name."""

import inspect
import re

import numpy as np
import pytest
from calls import OF
from numpydoc.docscrape import NumpyDocString

AXES = {
    "losses.output_delta": "error output",
    "dense.weighted_input": "W b",
    "dense.hidden_error": "W_next",
    "dense.hidden_delta": "W_next a",
    "dense.Dense.forward": "a",
    "dense.Dense.downhill": "a delta",
    "dense.Layer.forward": "a",
    "dense.Layer.sums": "a",
    "convolution.convolution": "a",
    "convolution.convolution_error": "delta",
    "convolution.kernel_step": "a delta",
    "convolution.shared_step": "step",
    "channels.channel_convolution": "w",
    "channels.channel_convolution_error": "w",
    "channels.channel_kernel_step": "a delta",
    "channels.channel_bias_step": "delta",
    "channels.Convolution": "w",
    "pooling.max_pooling": "a",
    "pooling.mean_pooling": "a",
    "pooling.max_pooling_error": "a",
    "pooling.mean_pooling_error": "e",
    "pooling.MaxPooling.forward": "a",
    "pooling.MeanPooling.forward": "a",
    "curvature.input_along": "a W b_dot",
    "curvature.error_along": "delta_next W_next",
    "curvature.step_along": "a delta",
    "implicit.fixed_point_delta": "e_out slope V",
    "implicit.euler_error": "e_next V",
    "normalization.BatchNormalization.forward": "a",
    "normalization.BatchNormalization.training_forward": "a",
    "embedding.embedding": "a W",
    "embedding.embedding_downhill": "a e",
    "embedding.Embedding.forward": "a",
    "embedding.Embedding.jvp": "a",
    "embedding.PositionalEncoding.forward": "a",
    "recurrent.recurrent_input": "x W V",
    "recurrent.time_error": "e_out V",
    "recurrent.step_over_time": "a delta",
    "gates.lstm_step": "c_before",
    "gates.lstm_step_error": "e_h",
    "gates.gru_step": "h_before",
    "gates.gru_step_error": "e",
    "recurrent.Recurrence.forward": "a",
    "blockwise.blockwise_attention": "q k v",
    "blockwise.blockwise_error": "e q k v y log_sums",
    "blockwise.recomputed_weights": "log_sums",
    "blockwise.mean_error": "e y",
    "attention.SelfAttention.forward": "a",
    "attention.split_heads": "a",
    "attention.join_heads": "a",
    "tied.tied_scores": "h W",
    "tied.tied_downhill": "of_rows h delta",
    "tied.Tied.forward": "a",
    "tied.Tied.training_forward": "a",
    "tied.Tied.jvp": "a",
}
"""Arguments of which a message says how many axes they must have."""

ANY = {
    "activations.log_sum_exp": "z",
    "losses.Loss.require_target": "target",
    "dense.weighted_input": "a",
    "dense.hidden_error": "delta_next",
    "dense.bias_step": "delta",
    "normalization.centered": "a",
    "normalization.root_mean_square": "a",
    "normalization.LayerNormalization.forward": "a",
    "normalization.RMSNormalization.forward": "a",
    "attention.attention_weights": "mask",
    "attention.attention": "mask",
}
"""Arguments that may have more axes than the docstring names, or are broadcast."""

TOLD_BESIDE = {
    "losses.Loss.__call__": "output",
    "losses.error": "output",
    "dense.hidden_delta": "delta_next",
    "dense.weight_step": "a delta",
    "dense.Dense.jvp": "a",
    "dense.Layer.jvp": "a",
    "training.accuracy": "output target",
    "parallel.downhill_of_part": "x",
    "optimizers.with_weight_decay": "downhill",
    "curvature.hessian_product": "x target",
    "normalization.normalized_error": "e",
    "normalization.standardized_error": "e",
    "attention.attention_weights": "q",
    "attention.attention": "q",
    "attention.attention_scores": "q",
    "attention.attention_error": "q",
    "blockwise.recomputed_weights": "q",
}
"""Arguments that others must fit: a message may begin with the one that does not fit them."""

SHAPES = re.compile(r"(\([^()]*\),?( or)? ?)+array( of \w+)?")


def ranks(function):
    """Return how many axes the docstring lets each array have."""
    found = {}
    for parameter in NumpyDocString(inspect.getdoc(function) or "")["Parameters"]:
        kind = parameter.type.partition(", optional")[0]
        if SHAPES.fullmatch(kind) and "..." not in kind:
            shapes = re.findall(r"\(([^()]*)\)", kind)
            found[parameter.name] = sorted({len(re.findall(r"[^,]*\w", each)) for each in shapes})
    return found


def with_axes(array, n):
    """Return the array, or a part of it, with n axes."""
    array = np.asarray(array)
    return (
        array[(np.newaxis,) * (n - array.ndim)]
        if n > array.ndim
        else array[(0,) * (array.ndim - n)]
    )


def refusals(name):
    """Yield of each array with another number of axes: argument, ranks, shape and message."""
    for right in OF[name]:
        for argument, allowed in ranks(right.function).items():
            for n in (allowed[0] - 1, allowed[-1] + 1) if argument in right.arguments else ():
                array = with_axes(right.arguments[argument], n)
                if argument in ANY.get(name, "").split():
                    continue
                with pytest.raises((TypeError, ValueError)) as raised:
                    right.function(**right.arguments | {argument: array})
                yield argument, allowed, array.shape, str(raised.value)


@pytest.mark.parametrize("name", [name for name in OF if ranks(OF[name][0].function)])
def test_an_array_with_another_number_of_axes_is_refused_by_its_name(name):
    for argument, _, _, message in refusals(name):
        beside = argument in TOLD_BESIDE.get(name, "").split()
        names = "|".join(OF[name][0].arguments) if beside else argument
        assert re.match(rf"({names}) (must|and)\b", message), (argument, message)


@pytest.mark.parametrize("name", AXES)
def test_a_message_says_how_many_axes_there_must_be(name):
    said = {argument: set() for argument in AXES[name].split()}
    for argument, allowed, shape, message in refusals(name):
        wanted = " or ".join(map(str, allowed))
        if argument in said:
            said[argument].add(message == f"{argument} must have {wanted} axes, not shape {shape}")
    assert said == {argument: {True} for argument in said}
