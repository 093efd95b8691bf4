"""The product of a Hessian and a vector, by forward over reverse."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="hessian-vector",
    title="How the gradient changes",
    statement=(
        "One tanh unit without a bias learns by the mean of half the squared errors. Its backward "
        "pass is given. If the weights `w` change in the direction `v`, how does each quantity of "
        "the passes change? Complete the five lines: what ends in `_dot` is the derivative along "
        "`v`. The last one is the product of the Hessian with `v`, which is how the **gradient** "
        "changes; remember that `downhill` is minus the gradient."
    ),
    program="""
import numpy as np

X = np.array([[1.0, -0.5], [0.3, 0.8], [-0.9, 0.4]])
t = np.array([0.5, -0.2, 0.1])
w = np.array([0.7, -0.4])
v = np.array([1.0, 0.5])

y = np.tanh(X @ w)
slope = 1 - y**2
error = t - y
delta = error * slope
downhill = X.T @ delta / len(X)

y_dot = ...
slope_dot = ...
error_dot = ...
delta_dot = ...
hessian_product = ...
""",
    others=[
        "X = np.array([[0.4, 1.1], [-0.6, 0.2], [0.9, -0.7], [0.5, 0.3]])\n"
        "t = np.array([0.9, 0.3, -0.4, 0.2])\n"
        "w = np.array([-0.5, 0.8])\n"
        "v = np.array([-0.2, 0.6])",
    ],
    tolerance=1e-12,
    parts=[
        Part(
            "y_dot",
            "y_dot = slope * (X @ v)",
            hints=[
                "The input to the unit, `X @ w`, changes by `X @ v`.",
                "The unit multiplies the change by its slope.",
            ],
            wrong=[
                Wrong("y_dot = X @ v", "The slope of the unit is missing."),
                Wrong(
                    "y_dot = np.tanh(X @ v)",
                    "The activation is applied to the change; a change is multiplied by the slope.",
                ),
                Wrong(
                    "y_dot = slope * (X @ w)",
                    "The weights have been taken for their direction, `v`.",
                ),
                Wrong(
                    "y_dot = slope * v",
                    "The inputs are missing: a weight moves the unit as much as its input is "
                    "large. NumPy says so by the shapes, which do not fit.",
                ),
                Wrong(
                    "y_dot = y * (1 - y) * (X @ v)",
                    "This is the slope of a sigmoid unit.",
                ),
            ],
        ),
        Part(
            "slope_dot",
            "slope_dot = -2 * y * y_dot",
            hints=["Differentiate `1 - y**2`: the chain rule gives two factors."],
            wrong=[
                Wrong(
                    "slope_dot = -2 * y",
                    "The inner derivative is missing: `y` itself changes by `y_dot`.",
                ),
                Wrong("slope_dot = 2 * y * y_dot", "The minus sign of `1 - y**2` is lost."),
                Wrong("slope_dot = -y * y_dot", "The 2 is missing, which the square brings."),
                Wrong(
                    "slope_dot = -2 * y * slope",
                    "The change of the input, `X @ v`, is missing: take the whole of `y_dot`.",
                ),
                Wrong("slope_dot = -2 * y_dot", "The factor `y` is missing."),
                Wrong(
                    "slope_dot = 1 - y_dot**2",
                    "The formula is applied to the change; differentiate it.",
                ),
                Wrong(
                    "slope_dot = 0 * y",
                    "The slope is treated as a constant, and it changes with `y`.",
                ),
            ],
        ),
        Part(
            "error_dot",
            "error_dot = -y_dot",
            hints=["The target stands still."],
            wrong=[
                Wrong(
                    "error_dot = y_dot",
                    "The sign is the other way round: the error is the target **minus** the "
                    "output.",
                ),
                Wrong(
                    "error_dot = t - y_dot",
                    "The target stands still, so it adds nothing to the change.",
                ),
                Wrong(
                    "error_dot = error * y_dot",
                    "A difference is differentiated term by term; nothing multiplies here.",
                ),
            ],
        ),
        Part(
            "delta_dot",
            "delta_dot = error_dot * slope + error * slope_dot",
            hints=["`delta` is a product of two factors, and both change: the product rule."],
            wrong=[
                Wrong(
                    "delta_dot = error_dot * slope",
                    "The slope is treated as a constant. This gives the product with the matrix "
                    "of Gauss and Newton, and not with the Hessian.",
                ),
                Wrong(
                    "delta_dot = error * slope_dot",
                    "Only the slope changes here; the error changes as well.",
                ),
                Wrong(
                    "delta_dot = error_dot * slope_dot",
                    "The derivative of a product is not the product of the derivatives.",
                ),
                Wrong(
                    "delta_dot = error_dot * slope - error * slope_dot",
                    "The two terms of the product rule are added.",
                ),
                Wrong(
                    "delta_dot = error * slope + error_dot * slope_dot",
                    "The dots stand in the wrong places: each term has one factor that changes, "
                    "and one that stands still.",
                ),
            ],
        ),
        Part(
            "hessian_product",
            "hessian_product = -X.T @ delta_dot / len(X)",
            hints=[
                "The inputs stand still, so `downhill` changes by the same product with "
                "`delta_dot`.",
                "The gradient is minus `downhill`.",
            ],
            wrong=[
                Wrong(
                    "hessian_product = X.T @ delta_dot / len(X)",
                    "This is how `downhill` changes; the gradient is minus that.",
                ),
                Wrong(
                    "hessian_product = -X.T @ delta_dot",
                    "The mean is missing: divide by the number of examples.",
                ),
                Wrong(
                    "hessian_product = -X.T @ delta / len(X)",
                    "This is the gradient itself, and not how it changes.",
                ),
                Wrong(
                    "hessian_product = -X.T @ (delta * delta_dot) / len(X)",
                    "The inputs stand still, so only the error term is differentiated: `delta` "
                    "itself is no factor.",
                ),
                Wrong(
                    "hessian_product = -X.T @ delta_dot @ v / len(X)",
                    "This is one number, the curvature along `v`: the product with the Hessian has "
                    "a number for each weight, so leave out the last product.",
                ),
                Wrong(
                    "hessian_product = -(X.T @ delta_dot / len(X)) * v",
                    "The direction has been multiplied in once more; `delta_dot` has it already.",
                ),
            ],
        ),
    ],
    praise="Right. A second derivative along a direction costs little more than the first.",
)
