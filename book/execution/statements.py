"""What a statement does to the names of its page, as far as its syntax tells.

A statement is quiet if it changes no object. Any other may change, or keep, each object that it
mentions: nobody need know what a function does to its arguments.
"""

from __future__ import annotations

import ast
import builtins
import functools
import itertools
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

BUILTINS = frozenset(dir(builtins))
OPAQUE = frozenset({"eval", "exec", "globals", "locals", "vars"})
"""Functions that may read and bind any name."""
_CHANGING = OPAQUE | {"__import__", "delattr", "filter", "map", "next", "setattr"}
"""Built-in functions that may change what they are given, or call it."""
_READING = (BUILTINS - _CHANGING) | {"compare_gradients", "describe", "draw_graph", "draw_network"}
_READING |= {"gradients", "relative_error"}
"""Functions that change nothing, if these names stand for the built-in ones and the package's."""
_READING_METHODS = frozenset({"all", "any", "argmax", "argmin", "argsort", "astype", "copy"})
_READING_METHODS |= {"format", "get", "items", "join", "keys", "lower", "lstrip", "max", "mean"}
_READING_METHODS |= {"min", "ravel", "replace", "reshape", "round", "rstrip", "split", "startswith"}
_READING_METHODS |= {"backward", "forward", "loss_of", "predict", "steps"}  # of a network
_READING_METHODS |= {"std", "strip", "sum", "title", "tolist", "upper", "values"}
_READING_METHODS |= {"as_tuple", "is_signed", "quantize"}  # of a decimal number
"""Methods of arrays, texts, lists, dicts and networks that change nothing."""
_WRITING = frozenset({"at", "copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"})
_WRITING |= {"seterr", "seterrcall", "set_printoptions", "setbufsize"}
"""Functions of NumPy that change what they are given, or what holds for all that follows."""
_LAZY = frozenset({"enumerate", "filter", "iter", "map", "open", "reversed", "zip"})
_LAZY |= frozenset(dir(itertools))
"""Functions whose result is used up when it is read."""
_AT_ONCE = frozenset({"dictcomp", "genexpr", "listcomp", "setcomp"})
"""Scopes, as Python names them, that are gone through where they stand."""
MAKING = frozenset({"Adam", "GradientDescent", "Layer", "Network", "RMSProp", "random_network"})
"""What the package makes anew, of arrays that it copies; a generator draws for it."""
CHANGING_FIRST = frozenset({"train"})
"""Functions of the package that change the first thing that they are given."""
ARGUMENT = "()"
"""Stands among the names of what a function calls for what it is given."""
_DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Statement:
    """A statement of a snippet, with the comment above it."""

    lines: tuple[int, ...]
    """Its lines in the snippet, from 1, in order."""
    mentions: frozenset[str]
    """Names of the page that it may read while it runs."""
    later: frozenset[str]
    """Names that the functions it defines mention when they are called."""
    stores: frozenset[str]
    """Names that it binds, or may bind."""
    binds: frozenset[str]
    """Those of them that stand for something else afterwards in any case."""
    renews: frozenset[str]
    """Those of them that it binds anew if its loops run at all."""
    imports: dict[str, str]
    """Those of them that it imports, with what they stand for."""
    defines: bool
    """Whether it defines a function or a class, whose methods wait to be called."""
    loud: bool
    """Whether it may change objects, by more than the functions of the page that it calls."""
    calls: frozenset[str]
    """Names by which it calls functions that may change objects, if they are not harmless."""
    harmless_with: frozenset[str] | None
    """Of a function that changes nothing but what it has made itself: the names by which it calls
    functions that must be harmless, too. None of any other statement."""
    remembers: bool
    """Whether a function that it defines may keep an object from one call to the next."""
    changers: frozenset[str]
    """Names whose methods may change objects; empty text, if anything else may."""
    made_by: str
    """The name whose method gives what it binds, if it does nothing else."""
    trusts: frozenset[str]
    """Names and paths by which it calls functions that change nothing, if they are these."""
    restless: bool
    """Whether what it binds may change whenever it is mentioned: an iterator does."""
    paths: frozenset[str]
    """Names, with attributes of theirs, that it mentions: `np.random.normal`."""
    orders: frozenset[str]
    """Those of them that it calls for no result, or that it stores into."""


# A snippet is asked about one statement after the other.
@functools.lru_cache(maxsize=4)
def parsed(code: str) -> list[ast.stmt]:
    """Return the trees of some code, which nobody changes."""
    return ast.parse(code).body


@functools.cache
def statements(code: str) -> tuple[Statement, ...]:
    """Return the statements at the top level of some code, in order."""
    found: list[list[ast.stmt]] = []
    for node in parsed(code):
        if found and node.lineno <= (found[-1][-1].end_lineno or 0):
            found[-1].append(node)  # on the same line: they are taken together
        else:
            found.append([node])
    return tuple(statement_of(nodes, code.split("\n")) for nodes in found)


def statement_of(body: list[ast.stmt], lines: Sequence[str]) -> Statement:
    """Return what stands on some lines, taken together."""
    nodes = [node for each in body for node in ast.walk(each)]
    own = _lines(body, lines)
    names = _Names(body, _alone(body, own, lines))
    binds = _bound(body)
    restless = any(map(_is_restless, nodes))
    changing = [*filter(_changes, _executed(body, nodes))]
    return Statement(
        lines=own,
        mentions=frozenset((names.mentions | names.stores) & _read_first(body, set())),
        later=frozenset(names.later | (names.mentions if restless else set())),
        stores=frozenset(names.stores | binds),
        binds=frozenset(binds),
        renews=frozenset(_renewed(body)),
        imports=dict(pair for each in body for pair in _imported(each)),
        defines=names.defers,
        loud=not all(map(_called_by_name, changing)),
        calls=frozenset(filter(None, map(_called_by_name, changing))),
        harmless_with=_harmless_with(body),
        remembers=any(map(_remembers, nodes)),
        changers=frozenset(map(_root, changing)),
        made_by=_made_by(body),
        trusts=frozenset(_trusted(nodes)),
        restless=restless,
        paths=frozenset(filter(None, map(_path, nodes))),
        orders=frozenset(filter(None, map(_path, _ordered(nodes)))),
    )


def _lines(body: list[ast.stmt], lines: Sequence[str]) -> tuple[int, ...]:
    decorators = [each for node in body for each in getattr(node, "decorator_list", [])]
    first = min(node.lineno for node in [*body, *decorators])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return tuple(range(first, max(node.end_lineno or 0 for node in body) + 1))


def _alone(body: list[ast.stmt], own: Iterable[int], lines: Sequence[str]) -> str:
    """Return the code of what stands on some lines, as if it stood in no block and were no elif."""
    if body[0].col_offset or lines[body[0].lineno - 1].startswith("elif"):
        return ast.unparse(ast.Module(body, []))
    return "\n".join(lines[number - 1] for number in own)


class _Names:
    """The names of the page, told by Python itself from those of functions and comprehensions."""

    def __init__(self, body: list[ast.stmt], code: str) -> None:
        self.mentions: set[str] = set()
        self.later: set[str] = set()
        self.stores: set[str] = set()
        self.defers = isinstance(body[0], _DEFINITION)
        self._read(symtable.symtable(code, "snippet", "exec"), now=True, late=False)

    def _read(self, table: symtable.SymbolTable, now: bool, late: bool) -> None:
        mentions, stores = set(), set()
        for symbol in table.get_symbols():
            # What the body of a class binds is its own, but what it reads may be the page's.
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "class"):
                mentions.add(symbol.get_name())
            if symbol.is_global() and (symbol.is_assigned() or symbol.is_imported()):
                stores.add(symbol.get_name())
        if now:
            self.mentions |= mentions
            self.stores |= stores
        if late:
            self.later |= mentions | stores
        for child in table.get_children():
            at_once = child.get_name().strip("<>") in _AT_ONCE
            is_made = child.get_name().strip("<>") == "lambda" or child.get_type() == "class"
            begins_now = now and (at_once or is_made or not self.defers)
            self._read(child, begins_now, late or not at_once)


def _read_first(body: Sequence[ast.stmt], bound: set[str]) -> set[str]:
    """Return the names that some code may read before it binds them."""
    read: set[str] = set()
    for node in body:
        heads, targets, blocks = _taken_apart(node)
        read |= {name for head in heads for name in _read(head)} - bound
        within = bound | {name for target in targets for name in _stored(target)}
        read = read.union(*(_read_first(block, within) for block in blocks))
        if not blocks:
            bound = bound | _bound([node])
    return read


def _taken_apart(node: ast.stmt) -> tuple[list[ast.AST], list[ast.AST], list[list[ast.stmt]]]:
    """Return what a statement goes through first, what it binds then, and its blocks."""
    match node:
        case ast.For(target=target, iter=values, body=body, orelse=orelse):
            return [values, target], [target], [body, orelse]
        case ast.With(items=items, body=body):
            targets = [item.optional_vars for item in items if item.optional_vars]
            return [*items], [*targets], [body]
        case ast.If(test=test, body=body, orelse=orelse):
            return [test], [], [body, orelse]
        case ast.While(test=test, body=body, orelse=orelse):
            return [test], [], [body, orelse]
    return [node], [], []


def _read(code: ast.AST) -> Iterator[str]:
    for node in ast.walk(code):
        match node:
            case ast.Name(id=name, ctx=ast.Load() | ast.Del()):
                yield name
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name


def _stored(code: ast.AST) -> Iterator[str]:
    for node in ast.walk(code):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def _bound(body: list[ast.stmt]) -> set[str]:
    match body:
        case [ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name)]:
            return {name}
        case [ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())]:
            return {name}
        case [ast.Import() | ast.ImportFrom()]:
            return {name for name, _ in _imported(body[0])}
        case [ast.Assign(targets=targets)]:
            return {name for target in targets for name in _stored(target)}
    return set()


def _renewed(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        yield from _bound([node])
        if isinstance(node, ast.For | ast.With):
            _, targets, blocks = _taken_apart(node)
            yield from (name for target in targets for name in _stored(target))
            yield from _renewed(blocks[0])


def _imported(node: ast.stmt) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=names):
            for each in names:
                top = each.name.partition(".")[0]
                yield (each.asname, each.name) if each.asname else (top, top)
        case ast.ImportFrom(names=names, module=module):
            for each in names:
                yield each.asname or each.name, f"{module}.{each.name}"


def _executed(body: list[ast.stmt], nodes: list[ast.AST]) -> Iterable[ast.AST]:
    """Return what is done where the statement stands: not the body of a function."""
    match body:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as function] if (
            not function.decorator_list
        ):
            return ast.walk(function.args)
    return nodes


def _changes(node: ast.AST) -> bool:
    """Return whether a piece of code may change an object."""
    match node:
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in _READING:
            return any(each.arg == "key" for each in keywords)  # a function, which it calls
        case ast.Call(func=ast.Attribute(attr=name) as function, keywords=keywords):
            if any(each.arg in ("key", "out") for each in keywords):
                return True
            return name not in _READING_METHODS and not _is_of_numpy(_path(function))
        case ast.Attribute(ctx=context) | ast.Subscript(ctx=context):
            return not isinstance(context, ast.Load)
        case ast.With(items=items):
            return not all(map(_sets_for_a_while, items))
        case ast.FunctionDef(decorator_list=[_, *_]) | ast.ClassDef(decorator_list=[_, *_]):
            return True
    return isinstance(node, ast.Call | ast.AugAssign | ast.AsyncWith | ast.Await | ast.AsyncFor)


def _sets_for_a_while(item: ast.withitem) -> bool:
    """Return whether a context says something to NumPy that holds within it alone."""
    match item:
        case ast.withitem(context_expr=ast.Call(func=function), optional_vars=None):
            return _path(function) in {"np.errstate", "np.printoptions"}
    return False


def _called_by_name(node: ast.AST) -> str:
    """Return the name by which a function is called; nothing if it gets one to call as its key."""
    match node:
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name not in BUILTINS:
            return "" if any(each.arg == "key" for each in keywords) else name
    return ""


def _harmless_with(body: list[ast.stmt]) -> frozenset[str] | None:
    """Return what a function must call to change nothing, but what it has made itself."""
    match body:
        case [ast.FunctionDef(decorator_list=[]) as function]:
            nodes = [node for each in function.body for node in ast.walk(each)]
        case _:
            return None
    if any(isinstance(node, _DEFINITION | ast.Global | ast.Yield) for node in nodes):
        return None
    given = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    bound = {name for each in function.body for name in _stored(each)}
    own = _made_anew(nodes) - given
    calls = set()
    for node in filter(_changes, nodes):
        name = _called_by_name(node)
        if name in MAKING | CHANGING_FIRST:
            if not _is_for_itself(node, own):
                return None
            calls.add(name)
        elif name and name not in bound:
            calls.add(ARGUMENT if name in given else name)
        elif name or _written(node) not in own:
            return None
    return frozenset(calls)


def _is_for_itself(call: ast.AST, own: set[str]) -> bool:
    """Return whether what a call may change is what the function has made, or nothing."""
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Name) and first.id in own:
        return True
    draws = call.func.id == "random_network"
    return call.func.id in MAKING and (not draws or isinstance(first, ast.Call))


def _written(node: ast.AST) -> str:
    """Return the name of what a piece of code changes, if it changes one thing alone."""
    match node:
        case ast.AugAssign(target=target) | ast.Call(func=ast.Attribute(value=target)):
            return _path(target).partition(".")[0]
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _path(inner).partition(".")[0]
    return ""


def _made_anew(nodes: list[ast.AST]) -> set[str]:
    """Return the names that stand for nothing but what a function has made, with numbers in it."""
    made: dict[str, bool] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                made[name] = made.get(name, True) and _is_new(value)
            case ast.Name(id=name, ctx=ast.Store()):
                made.setdefault(name, True)
    for node in nodes:
        match node:
            case ast.For(target=target) | ast.comprehension(target=target):
                made |= dict.fromkeys(_stored(target), False)
            case ast.Assign(targets=[ast.Tuple() as several]) | ast.NamedExpr(target=several):
                made |= dict.fromkeys(_stored(several), False)
            case ast.withitem(optional_vars=ast.expr() as given):
                made |= dict.fromkeys(_stored(given), False)
    return {name for name, is_new in made.items() if is_new}


def _is_new(value: ast.expr) -> bool:
    """Return whether an expression makes an object that nothing else holds, of numbers or texts."""
    match value:
        case ast.Constant() | ast.BinOp() | ast.JoinedStr() | ast.Compare():
            return True
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Attribute(attr="copy" | "astype" | "default_rng")):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in MAKING
        case ast.Call(func=ast.Attribute(attr=name) as function) if _is_of_numpy(_path(function)):
            return name in {"empty", "empty_like", "full", "ones", "zeros", "zeros_like"}
    return False


def _is_of_numpy(path: str) -> bool:
    """Return whether a path is that of a function that changes nothing, if `np` is NumPy."""
    return (
        path.startswith("np.")
        and (".random." not in path or path == "np.random.default_rng")
        and _WRITING.isdisjoint(path.split("."))
    )


def _trusted(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield name
            case ast.Call(func=ast.Attribute() as function) if _is_of_numpy(_path(function)):
                yield _path(function)


def _root(node: ast.AST) -> str:
    """Return the name whose method a call is; an empty text for what is no such call."""
    match node:
        case ast.Call(func=ast.Attribute() as function):
            return _path(function).partition(".")[0]
    return ""


def _made_by(body: list[ast.stmt]) -> str:
    match body:
        case [ast.Assign(value=ast.Call() as call)]:
            return _root(call)
    return ""


def _remembers(node: ast.AST) -> bool:
    """Return whether a definition has a default that may be changed, or a decorator."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    decorators = getattr(node, "decorator_list", [])
    return bool(decorators) or not all(isinstance(each, ast.Constant) for each in defaults)


def _is_restless(node: ast.AST) -> bool:
    match node:
        case ast.ClassDef() | ast.Yield() | ast.YieldFrom():
            return True
        case ast.Assign(targets=targets, value=value):
            # To unpack an iterator is to use it up at once.
            return _is_lazy(value) and not any(isinstance(each, ast.Tuple) for each in targets)
        case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            return _is_lazy(value)
    return False


def _is_lazy(value: ast.expr) -> bool:
    match value:
        case ast.GeneratorExp():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _LAZY
        case (
            ast.List(elts=some) | ast.Tuple(elts=some) | ast.Set(elts=some) | ast.Dict(values=some)
        ):
            return any(map(_is_lazy, some))
        case ast.ListComp(elt=element) | ast.DictComp(value=element):
            return _is_lazy(element)
    return False


def _ordered(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """Yield what is called for no result, and what is stored into."""
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Call(func=function)):
                yield function
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield node
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield node


def _path(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=attribute) if path := _path(inner):
            return f"{path}.{attribute}"
        case ast.Subscript(value=inner):
            return _path(inner)
    return ""
