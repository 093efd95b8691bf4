"""The gradient of the kernels of a convolution over images."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="kernel-step",
    title="The kernels of images",
    statement=(
        "Kernels of shape `(O, C, k, k)` slide over images of shape `(N, C, n, n)` with a stride "
        "and without padding, so that there are `m` by `m` places. The error terms `delta`, of "
        "shape `(N, O, m, m)`, are minus derivatives of the loss, which has the mean over the "
        "examples in it already. Return the numbers, of shape `(N, C, m, m)`, that weight `(q, r)` "
        "of the kernels meets, from place to place. Then return minus the gradients of the kernels "
        "and of the biases, one of which belongs to each of the O kernels."
    ),
    program="""
import numpy as np


def met(a, q, r, m, stride):
    return ...


def kernel_downhill(a, delta, k, stride):
    m = delta.shape[-1]
    d = np.zeros((delta.shape[1], a.shape[1], k, k))
    for q in range(k):
        for r in range(k):
            ...
    return d


def bias_downhill(delta):
    return ...
""",
    setting=(
        "rng = np.random.default_rng(7)\n"
        "a = rng.normal(size=(2, 3, 5, 5)); delta = rng.normal(size=(2, 4, 2, 2))\n"
        "larger = rng.normal(size=(2, 3, 8, 8)); closer = rng.normal(size=(2, 4, 4, 4))\n"
        "del rng"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "met",
            "return a[:, :, q : q + stride * m : stride, r : r + stride * m : stride]",
            cases=["met(a, 0, 1, 2, 2)", "met(a, 2, 1, 3, 1)", "met(larger, 1, 0, 4, 2)"],
            hints=[
                "At place (i, j) the window begins at row `stride * i` and column `stride * j`, "
                "and the weight stands at row q and column r of the window.",
                "A slice takes three numbers: where it begins, where it ends, and the stride.",
            ],
            wrong=[
                Wrong(
                    "return a[:, :, q : q + m, r : r + m]",
                    "The stride is forgotten: the window moves on by `stride` numbers each time.",
                ),
                Wrong(
                    "return a[:, :, : stride * m : stride, : stride * m : stride]",
                    "All weights meet the same numbers here; weight (q, r) begins at row q and "
                    "column r.",
                ),
                Wrong(
                    "return a[:, :, r : r + stride * m : stride, q : q + stride * m : stride]",
                    "Rows and columns are exchanged: `q` counts the rows.",
                ),
                Wrong(
                    "return a[:, :, q::stride, r::stride]",
                    "The slice has no end, so it holds more numbers than there are places: stop "
                    "after `m` of them.",
                ),
                Wrong(
                    "return a[q : q + stride * m : stride, r : r + stride * m : stride]",
                    "The first two axes, examples and channels, are sliced; rows and columns are "
                    "the last two.",
                ),
                Wrong(
                    "return a[:, :, stride * q : stride * q + m, stride * r : stride * r + m]",
                    "The stride multiplies the place in the kernel; it belongs to the place of the "
                    "window.",
                ),
            ],
        ),
        Part(
            "kernel_downhill",
            'd[:, :, q, r] = np.einsum("noij,ncij->oc", delta, met(a, q, r, m, stride))',
            cases=[
                "kernel_downhill(a, delta, 3, 2)",
                "kernel_downhill(larger, closer, 2, 2)",
                "kernel_downhill(a, closer, 2, 1)",
            ],
            hints=[
                "A weight is used at every place, so what it gets from each place is added up.",
                "Each of these terms is the error term there, times the number that the weight "
                "meets there.",
                '`np.einsum("noij,ncij->oc", ...)` adds up over examples and places, for each '
                "kernel and each channel.",
            ],
            wrong=[
                Wrong(
                    "d[:, :, k - 1 - q, k - 1 - r]",
                    "The kernel is turned round: that is needed for the error of the input alone. "
                    "Here each weight stands at its place.",
                    "d[:, :, q, r]",
                ),
                Wrong(
                    "d[:, :, q, r] = "
                    'np.einsum("noij,ncij->oc", delta, met(a, q, r, m, stride)) / m**2',
                    "The mean over the places is taken; a shared weight gets the sum.",
                ),
                Wrong(
                    "d[:, :, q, r] = "
                    'np.einsum("noij,ncij->oc", delta, met(a, q, r, m, stride)) / len(a)',
                    "The mean over the examples is taken a second time: the error terms have it "
                    "in them already.",
                ),
                Wrong(
                    "-np.einsum",
                    "There is a minus sign too many: error terms point downhill already.",
                    "np.einsum",
                ),
                Wrong(
                    "for i in range(m):\n    for j in range(m):\n"
                    '        d[:, :, q, r] = np.einsum("no,nc->oc", delta[:, :, i, j], '
                    "met(a, q, r, m, stride)[:, :, i, j])",
                    "The last place alone is counted: add up over all places, with `+=`.",
                ),
                Wrong(
                    'd[:, :, q, r] = np.einsum("oij,cij->oc", delta[0], '
                    "met(a, q, r, m, stride)[0])",
                    "Only the first example is counted; the kernels are shared by all of them.",
                ),
                Wrong(
                    'd[:, :, q, r] = np.einsum("noij,ncij->co", delta, met(a, q, r, m, stride))',
                    "Kernels and channels are exchanged: in `d` the kernels come first, and NumPy "
                    "says so by the shapes.",
                ),
                Wrong(
                    'np.einsum("noij,ncij->o", delta, met(a, q, r, m, stride))[:, np.newaxis]',
                    "The channels have been added up; each channel of a kernel has weights of its "
                    "own.",
                    'np.einsum("noij,ncij->oc", delta, met(a, q, r, m, stride))',
                ),
                Wrong(
                    'np.einsum("noij,ncji->oc", delta, met(a, q, r, m, stride))',
                    "The error terms meet the transposed image: row must meet row.",
                    'np.einsum("noij,ncij->oc", delta, met(a, q, r, m, stride))',
                ),
            ],
        ),
        Part(
            "bias_downhill",
            "return delta.sum(axis=(0, 2, 3))",
            cases=["bias_downhill(delta)", "bias_downhill(closer[:1])"],
            hints=[
                "A bias is a weight that meets the number 1 at every place.",
                "The result has shape `(O,)`, so add up over all axes but the second.",
            ],
            wrong=[
                Wrong(
                    "return delta.sum(axis=0)",
                    "There is one bias for each kernel, and not one for each place: add up over "
                    "the places, too.",
                ),
                Wrong(
                    "return delta.sum(axis=(2, 3))",
                    "The examples are not added up; all of them share the bias.",
                ),
                Wrong(
                    "return delta.mean(axis=(0, 2, 3))",
                    "The mean is taken; what is shared gets the sum.",
                ),
                Wrong("return delta.sum()", "All kernels are added up; each has a bias."),
                Wrong(
                    "return delta.sum(axis=(2, 3)).mean(axis=0)",
                    "The mean over the examples is taken a second time: the error terms have it "
                    "in them already.",
                ),
                Wrong(
                    "return delta.sum(axis=(1, 2, 3))",
                    "The sum runs over the kernels and leaves the examples; leave the kernels.",
                ),
            ],
        ),
    ],
    praise="Right. For the kernels nothing is turned round: each weight counts what it has met.",
)
