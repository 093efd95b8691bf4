"""Backpropagation in NumPy: the package that the book on it teaches from."""

import backprop._composed  # noqa: F401 - enters into the engine what is composed of operations
from backprop.activations import Activation, identity, relu, sigmoid, softmax, tanh
from backprop.autodiff import Variable, gradients
from backprop.checking import (
    central_difference,
    check_gradient,
    compare_gradients,
    complex_step,
    relative_error,
)
from backprop.checkpointing import Checkpointed, checkpointed
from backprop.drawing import draw_network
from backprop.graphs import draw_graph
from backprop.initialization import glorot, he, random_network
from backprop.jacobian import jvp, vjp
from backprop.losses import Loss, binary_cross_entropy, cross_entropy, squared_error
from backprop.network import Backward, Layer, Network, Steps, Trace
from backprop.optimizers import Adam, GradientDescent, Optimizer, RMSProp
from backprop.parallel import downhill
from backprop.recurrent import Recurrent, RecurrentBackward
from backprop.training import DivergenceError, History, accuracy, train

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "Adam",
    "Backward",
    "Checkpointed",
    "DivergenceError",
    "GradientDescent",
    "History",
    "Layer",
    "Loss",
    "Network",
    "Optimizer",
    "RMSProp",
    "Recurrent",
    "RecurrentBackward",
    "Steps",
    "Trace",
    "Variable",
    "accuracy",
    "binary_cross_entropy",
    "central_difference",
    "check_gradient",
    "checkpointed",
    "compare_gradients",
    "complex_step",
    "cross_entropy",
    "downhill",
    "draw_graph",
    "draw_network",
    "glorot",
    "gradients",
    "he",
    "identity",
    "jvp",
    "random_network",
    "relative_error",
    "relu",
    "sigmoid",
    "softmax",
    "squared_error",
    "tanh",
    "train",
    "vjp",
]
