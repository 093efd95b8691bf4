"""What a screen reader is told: Chromium's accessibility tree of an element, as text.

A line is a node: its role, its name in quotation marks, what describes it, its value and its
states. Text that only repeats the name of its node is left out, and so is what stands in an image
or in a control, which are read as one. A formula is a line, in which brackets hold together what
belongs together.
"""

import unicodedata

ONE = {"button", "checkbox", "image", "meter", "option", "progressbar", "radio", "slider"}
"""Roles whose children are not read."""
SILENT = {"generic", "none", "InlineTextBox", "LineBreak", "ListMarker"}
"""Roles that say nothing themselves."""
STATES = {
    "busy": {True: "busy"},
    "checked": {"true": "checked", "false": "not checked"},
    "disabled": {True: "disabled"},
    "expanded": {True: "expanded", False: "collapsed"},
    "focused": {True: "focused"},
    "hasPopup": {"listbox": "opens a list", "menu": "opens a menu", "dialog": "opens a dialog"},
    "invalid": {"true": "invalid"},
    "live": {"polite": "live", "assertive": "live at once"},
    "pressed": {"true": "pressed", "false": "not pressed"},
    "selected": {True: "selected"},
}
WORDS = {
    "MathMLSub": "{} sub {}",
    "MathMLSup": "{} sup {}",
    "MathMLSubSup": "{} sub {} sup {}",
    "MathMLFraction": "{} over {}",
    "MathMLSquareRoot": "root {}",
    "MathMLOver": "{} with {} above",
    "MathMLUnder": "{} with {} below",
    "MathMLUnderOver": "{} from {} to {}",
}
"""How the parts of a formula are told."""


def read_aloud(page, element):
    """Return what is told of an element of a page, line by line."""
    inspector = page.context.new_cdp_session(page)
    inspector.send("DOM.enable")
    inspector.send("Accessibility.enable")
    element.evaluate("each => each.setAttribute('data-aloud', '')")
    document = inspector.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    asked = {"nodeId": document, "selector": "[data-aloud]"}
    found = inspector.send("DOM.querySelector", asked)["nodeId"]
    described = inspector.send("DOM.describeNode", {"nodeId": found, "depth": -1})["node"]
    element.evaluate("each => each.removeAttribute('data-aloud')")
    nodes = inspector.send("Accessibility.getFullAXTree")["nodes"]
    inspector.detach()
    told = {each["nodeId"]: each for each in nodes}
    return "\n".join(_lines(nodes[0], told, set(_within(described)), 0))


def _within(described):
    yield described["backendNodeId"]
    for kind in ("children", "pseudoElements"):
        for child in described.get(kind, []):
            yield from _within(child)


def _lines(node, told, within, depth):
    role, name = _value(node, "role"), _value(node, "name")
    is_told = not node["ignored"] and node.get("backendDOMNodeId") in within
    if is_told and role == "MathMLMath":
        yield f"{'  ' * depth}math {_formula(node, told)}"
        return
    if is_told and role == "code":
        yield f'{"  " * depth}code "{_plain(_text(node, told))}"'
        return
    if is_told and role not in SILENT:
        yield "  " * depth + _line(node, role, name)
        depth += 1
    if role in ONE:
        return
    inner = [line for each in _children(node, told) for line in _lines(each, told, within, depth)]
    if [line.strip() for line in inner] != [f'"{_plain(name)}"']:
        yield from inner


def _line(node, role, name):
    said = [] if role == "StaticText" else [role]
    if name:
        said.append(f'"{_plain(name)}"')
    parts = [" ".join(said)]
    if (value := _value(node, "value")) != "":
        # Chromium tells numbers here in single precision.
        value = f"{value:.6g}" if isinstance(value, float) else _plain(str(value))
        parts.append(f"value {value}")
    for each in node.get("properties", []):
        words = STATES.get(each["name"], {}).get(each["value"].get("value"))
        if words:
            parts.append(words)
    if described := _value(node, "description"):
        parts.append(f'described as "{_plain(described)}"')
    return ", ".join(parts)


def _text(node, told):
    """All text of a node; a line of code ends where the text of its node does."""
    if _value(node, "role") == "StaticText":
        return _value(node, "name")
    return "".join(_text(each, told) for each in _children(node, told))


def _formula(node, told):
    role = _value(node, "role")
    parts = [_formula(each, told) for each in _children(node, told)]
    parts = [each for each in parts if each]
    if role == "StaticText":
        return _plain(_value(node, "name"))
    if role in WORDS:
        return WORDS[role].format(*(f"[{each}]" if " " in each else each for each in parts))
    if role == "MathMLTable":
        return f"table [{'; '.join(parts)}]"
    if role == "MathMLTableRow":
        return ", ".join(parts)
    return " ".join(parts)


def _children(node, told):
    return [told[each] for each in node.get("childIds", []) if each in told]


def _value(node, key):
    return node.get(key, {}).get("value", "")


def _plain(text):
    """Text with the letters of formulas as plain ones, and blanks as one."""
    return " ".join(unicodedata.normalize("NFC", _upright(text)).split())


def _upright(text):
    return "".join(
        unicodedata.normalize("NFKC", each) if 0x1D400 <= ord(each) < 0x1D800 else each
        for each in text
    )
