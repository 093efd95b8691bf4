"""An engine in six cells, each of which the next one uses."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="engine",
    title="An engine in six cells",
    statement=(
        "Write an engine that differentiates any formula of sums, products and exponentials. A "
        "`Variable` remembers its value, its parents, and for each parent a **pullback**, a "
        "function from the gradient of the variable to the term of that parent. Complete the cells "
        "in their order: each is judged with your earlier ones."
    ),
    program="""
from math import exp


class Variable:
    def __init__(self, value, parents=(), pullbacks=()):
        self.value = value
        self.parents = parents
        self.pullbacks = pullbacks


# Cell 1: the pullbacks of a sum, a function of g for each operand
def add(a, b):
    value = a.value + b.value
    return ...


# Cell 2: the pullbacks of a product
def multiply(a, b):
    value = a.value * b.value
    return ...


# Cell 3: the pullback of the exponential
def exponential(a):
    value = exp(a.value)
    return ...


# Cell 4: all variables, each once, and each after all of its parents
def topological_order(node, order=None):
    order = [] if order is None else order
    ...
    return order


# Cell 5: what a node hands to its parents, added to what they have
def hand_on(node, adjoint):
    for parent, pullback in zip(node.parents, node.pullbacks):
        ...
    return adjoint


# Cell 6: the gradient with respect to each of the inputs
def gradients(output, inputs):
    adjoint = {output: 1.0}
    ...
    return [adjoint[each] for each in inputs]
""",
    setting="""
def back(rule, *values):
    operands = [VARIABLE(value) for value in values]
    node = rule(*operands)
    pairs = list(zip(node.parents, node.pullbacks))
    return [node.value] + [
        sum(pullback(g) for parent, pullback in pairs if parent is each)
        for each in operands for g in (1.5, -0.5)
    ]
def ordered(topological):
    a, b = VARIABLE(2.0), VARIABLE(3.0)
    c = VARIABLE(3.0, (a, b)); d = VARIABLE(2.0, (c, a)); e = VARIABLE(6.0, (c, d))
    names = {a: 'a', b: 'b', c: 'c', d: 'd', e: 'e'}
    found = [names[each] for each in topological(e)]
    again = sorted(names[each] for each in topological(d))
    nodes = {name: node for node, name in names.items()}
    late = [
        each for each in found
        if any(names[p] in found[found.index(each):] for p in nodes[each].parents)
    ]
    return [sorted(found), late, again]
def handed(hand_on):
    a, b = VARIABLE(2.0), VARIABLE(3.0)
    node = VARIABLE(6.0, (a, b, a), (lambda g: 2 * g, lambda g: 3 * g, lambda g: 5 * g))
    adjoint, other = hand_on(node, {node: 1.5, b: 1.0}), hand_on(node, {node: -0.5})
    return [adjoint[a], adjoint[b], other[a], other[b]]
def whole(gradients, add, multiply, exponential, variable):
    a, b = variable(0.4), variable(-0.3)
    c = multiply(a, b); d = exponential(add(c, a))
    return gradients(add(multiply(d, c), d), [a, b])
class VARIABLE:
    def __init__(self, value, parents=(), pullbacks=()):
        self.value, self.parents, self.pullbacks = value, parents, pullbacks
""",
    tolerance=1e-12,
    parts=[
        Part(
            "add",
            "return Variable(value, (a, b), (lambda g: g, lambda g: g))",
            cases=["back(add, 2.0, 3.0)"],
            about="The value, a parent or a pullback is not that of a sum of 2 and 3.",
            hints=["A sum hands the gradient to both operands as it is."],
            wrong=[
                Wrong(
                    "return Variable(value, (a, b), (lambda g: g * b.value, lambda g: g * "
                    "a.value))",
                    "These are the pullbacks of a product; a sum hands the gradient on as it is.",
                ),
                Wrong(
                    "return Variable(value, (a, b), (lambda g: 1.0, lambda g: 1.0))",
                    "The local "
                    "derivative is 1, and the chain rule multiplies it by the gradient `g`.",
                ),
                Wrong(
                    "return Variable(value, (a, b), (lambda g: g / 2, lambda g: g / 2))",
                    "The gradient is not shared out: each operand gets the whole of it.",
                ),
            ],
        ),
        Part(
            "multiply",
            "return Variable(value, (a, b), (lambda g: g * b.value, lambda g: g * a.value))",
            cases=["back(multiply, 2.0, 3.0)"],
            about="The value, a parent or a pullback is not that of a product of 2 and 3.",
            hints=["The derivative of a product with respect to one factor is the other factor."],
            wrong=[
                Wrong(
                    "return Variable(value, (a, b), (lambda g: g * a.value, lambda g: g * "
                    "b.value))",
                    "The factors are exchanged: each operand gets the gradient times "
                    "the **other** one.",
                ),
                Wrong(
                    "return Variable(value, (a, b), (lambda g: b.value, lambda g: a.value))",
                    "The gradient `g` is missing: the chain rule multiplies by it.",
                ),
                Wrong(
                    "return Variable(value, (a, b), (lambda g: g * value, lambda g: g * value))",
                    "The product itself is taken for the other factor.",
                ),
                Wrong(
                    "return Variable(value, (a, b), (lambda g: g, lambda g: g))",
                    "These are the pullbacks of a sum.",
                ),
            ],
        ),
        Part(
            "exponential",
            "return Variable(value, (a,), (lambda g: g * value,))",
            cases=["back(exponential, 0.5)"],
            about="The value, the parent or the pullback is not that of the exponential of 0.5.",
            hints=["The exponential is its own derivative."],
            wrong=[
                Wrong(
                    "return Variable(value, (a,), (lambda g: g * a.value,))",
                    "The operand is "
                    "taken for the derivative, which is the exponential itself, `value`.",
                ),
                Wrong(
                    "return Variable(value, (a,), (lambda g: value,))",
                    "The gradient `g` is missing: the chain rule multiplies by it.",
                ),
                Wrong(
                    "return Variable(value, (a,), (lambda g: exp(g),))",
                    "The pullback takes the "
                    "exponential of the gradient; it must multiply the gradient by the slope.",
                ),
            ],
        ),
        Part(
            "topological_order",
            """
if node not in order:
    for parent in node.parents:
        topological_order(parent, order)
    order.append(node)
""",
            cases=["ordered(topological_order)"],
            about=(
                "On a graph of five variables, of which two are used twice, some are missing, "
                "stand there more than once, or stand before one of their parents."
            ),
            hints=[
                "First all parents, each by the same function, and then the node itself.",
                "A node that stands in the order already is left alone.",
            ],
            wrong=[
                Wrong("pass", "Nothing has been put into the order."),
                Wrong(
                    "for parent in node.parents:\n    topological_order(parent, order)\n"
                    "order.append(node)",
                    "Nodes that are used twice stand in the order twice: ask first whether a node "
                    "is there already.",
                ),
                Wrong(
                    "if node not in order:\n    order.append(node)\n"
                    "    for parent in node.parents:\n        topological_order(parent, order)",
                    "The node comes before its parents; it must come after all of them.",
                ),
                Wrong(
                    "for parent in node.parents:\n    if parent not in order:\n"
                    "        order.append(parent)\norder.append(node)",
                    "Only the parents are visited, and not the parents of the parents: call the "
                    "function for each parent.",
                ),
            ],
        ),
        Part(
            "hand_on",
            "adjoint[parent] = adjoint.get(parent, 0.0) + pullback(adjoint[node])",
            cases=["handed(hand_on)"],
            about=(
                "For a node with three parents, of which two are the same variable, the sums are "
                "not right."
            ),
            hints=[
                "What a parent has got from its other uses stays: add.",
                "`adjoint.get(parent, 0.0)` is what the parent has so far.",
            ],
            wrong=[
                Wrong(
                    "adjoint[parent] = pullback(adjoint[node])",
                    "The term replaces what the "
                    "parent has from its other uses; it must be added to it.",
                ),
                Wrong(
                    "adjoint[parent] = adjoint.get(parent, 0.0) + pullback(1.0)",
                    "The pullback begins with 1; it must begin with the gradient of the node.",
                ),
                Wrong(
                    "adjoint[parent] = adjoint.get(parent, 0.0) + adjoint[node]",
                    "The pullback is missing: the gradient is handed on as it is.",
                ),
                Wrong(
                    "adjoint[parent] = adjoint.get(parent, 1.0) * pullback(adjoint[node])",
                    "Terms of several uses are multiplied; they are to be added.",
                ),
            ],
        ),
        Part(
            "gradients",
            """
for node in reversed(topological_order(output)):
    hand_on(node, adjoint)
""",
            cases=["whole(gradients, add, multiply, exponential, Variable)"],
            about=(
                "For a formula of two inputs, in which each is used more than once, the gradients"
                " are not right."
            ),
            hints=[
                "The last node comes first: go through the order in reverse.",
            ],
            wrong=[
                Wrong(
                    "for node in topological_order(output):\n    hand_on(node, adjoint)",
                    "A node is left before its gradient is there: go through the order in reverse, "
                    "through every node, and begin with the output.",
                ),
                Wrong(
                    "for node in reversed(topological_order(output)):\n"
                    "    hand_on(node, adjoint)\n    hand_on(node, adjoint)",
                    "Every node hands its gradient on twice; it must once.",
                ),
            ],
        ),
    ],
    praise="Right. You have written reverse-mode differentiation, and it works for any formula.",
)
