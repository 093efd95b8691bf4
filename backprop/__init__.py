"""Backpropagation in NumPy: the package that the book on it teaches from."""

import backprop._composed  # noqa: F401 - enters into the engine what is composed of operations
from backprop.activations import (
    Activation,
    gelu,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softmax,
    tanh,
)
from backprop.attention import SelfAttention
from backprop.autodiff import Variable, gradients, recorded_gradients
from backprop.chain import Chain, Differentiable, Residual
from backprop.channels import Convolution
from backprop.checking import (
    central_difference,
    check_gradient,
    compare_gradients,
    complex_step,
    relative_error,
)
from backprop.checkpointing import Checkpointed, backward_with_checkpoints
from backprop.curvature import gauss_newton_product, hessian_product
from backprop.dense import Dense, Layer
from backprop.diagnosis import Diagnosis, diagnose
from backprop.drawing import draw_network
from backprop.dropout import Dropout
from backprop.embedding import Embedding, PositionalEncoding
from backprop.gates import GRU, LSTM
from backprop.graphs import draw_graph
from backprop.initialization import glorot, he, random_network
from backprop.jacobian import jvp, vjp
from backprop.losses import Loss, binary_cross_entropy, cross_entropy, squared_error
from backprop.network import Backward, Network, Steps, Trace
from backprop.normalization import BatchNormalization, LayerNormalization, RMSNormalization
from backprop.optimizers import Adam, GradientDescent, Optimizer, RMSProp
from backprop.parallel import downhill_over_parts
from backprop.pooling import Flatten, MaxPooling, MeanPooling
from backprop.recurrent import Recurrence, RecurrentLayer
from backprop.saving import load, save
from backprop.tied import Tied
from backprop.training import DivergenceError, History, accuracy, train
from backprop.units import Units

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022 - by letters: GRU and LSTM are no constants
    "Activation",
    "Adam",
    "Backward",
    "BatchNormalization",
    "Chain",
    "Checkpointed",
    "Convolution",
    "Dense",
    "Diagnosis",
    "Differentiable",
    "DivergenceError",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRU",
    "GradientDescent",
    "History",
    "LSTM",
    "Layer",
    "LayerNormalization",
    "Loss",
    "MaxPooling",
    "MeanPooling",
    "Network",
    "Optimizer",
    "PositionalEncoding",
    "RMSNormalization",
    "RMSProp",
    "Recurrence",
    "RecurrentLayer",
    "Residual",
    "SelfAttention",
    "Steps",
    "Tied",
    "Trace",
    "Units",
    "Variable",
    "accuracy",
    "backward_with_checkpoints",
    "binary_cross_entropy",
    "central_difference",
    "check_gradient",
    "compare_gradients",
    "complex_step",
    "cross_entropy",
    "diagnose",
    "downhill_over_parts",
    "draw_graph",
    "draw_network",
    "gauss_newton_product",
    "gelu",
    "glorot",
    "gradients",
    "he",
    "hessian_product",
    "identity",
    "jvp",
    "leaky_relu",
    "load",
    "random_network",
    "recorded_gradients",
    "relative_error",
    "relu",
    "save",
    "sigmoid",
    "silu",
    "softmax",
    "squared_error",
    "tanh",
    "train",
    "vjp",
]
