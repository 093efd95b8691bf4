"""What can be read off a drawing."""

from itertools import combinations

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [element.text for element in svg.iter(f"{SVG}text")]


def box(text):
    """Left, right, top and bottom of a label, in a font that is wider than most."""
    wide = {"−": 0.84, "+": 0.84, ".": 0.32, "₁": 0.4, "₂": 0.4, "₃": 0.4, "₄": 0.4, "₅": 0.4}
    size = 12
    width = size * sum(wide.get(letter, 0.64) for letter in text.text)
    x, y = float(text.get("x")), float(text.get("y"))
    left = x - width * {"end": 1, "middle": 0.5}.get(text.get("text-anchor"), 0)
    return left, left + width, y - 0.73 * size, y


def labels_are_apart_and_inside(svg):
    *_, width, height = map(float, svg.get("viewBox").split())
    boxes = {(t.text, t.get("x"), t.get("y")): box(t) for t in svg.iter(f"{SVG}text")}
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
        assert apart, (one, other)
    for label, (left, right, top, bottom) in boxes.items():
        assert left >= 0, label
        assert right <= width, label
        assert top >= 0, label
        assert bottom <= height, label
