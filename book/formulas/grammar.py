"""Expressions: sums of products of factors with scripts, read from left to right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from book.formulas import tree
from book.formulas.errors import Meaningless
from book.formulas.reading import Token
from book.formulas.tree import Chain, Node

RELATIONS = ("=", "≠", "≈", "←", "≤", "≥", "<", ">")
OPERATORS = ("log", "exp", "tanh", "Im", "max", "min", "Var")
"""Functions that stand before what they are applied to, with or without brackets."""

_SIGNS = ("+", "−", "±", "∓")
_CLOSED_BY = {"(": ")", "[": "]", "⟨": "⟩", "⌈": "⌉", "⌊": "⌋", "|(": ")|", "‖(": ")‖"}
_BRACKETED = {"⌈": "ceil", "⌊": "floor", "|(": "abs", "‖(": "norm"}
_OVER = {"∑": "sum", "∏": "product", "max": "max", "min": "min"}
_TRANSPOSE = Token("letter", "𝖳")

Tokens = Sequence[Token]


class Parser:
    """Sums of products of factors, from left to right."""

    def __init__(self, tokens: Tokens, functions: Collection[str]) -> None:
        for token in tokens:
            _refuse_lost_scripts(token)
        self._tokens = tokens
        self._at = 0
        self._functions = functions

    def whole(self) -> Node:
        """Read an expression to the end."""
        found = self._expression()
        self._end()
        return found

    def chain(self) -> Chain:
        """Read expressions and the relations between them, to the end."""
        sides, relations = [self._expression()], []
        while self._text() in RELATIONS:
            relations.append(self._take().text)
            sides.append(self._expression())
        self._end()
        return Chain(tuple(sides), tuple(relations))

    def relation(self) -> Chain:
        """Read a condition: an arrow between two things, or relations."""
        texts = [token.text for token in self._tokens]
        if "→" in texts:
            cut = texts.index("→")
            ends = (self._another(self._tokens[:cut]), self._another(self._tokens[cut + 1 :]))
            return Chain((tree.Call("→", ends), tree.Number(1.0, "1")), ("=",))
        found = self.chain()
        if not found.relations:
            raise Meaningless("a condition without a relation")
        return found

    def _another(self, tokens: Tokens) -> Node:
        return Parser(tokens, self._functions).whole()

    def _token(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else Token("end")

    def _text(self) -> str:
        return self._token().text

    def _take(self) -> Token:
        if self._token().kind == "end":
            raise Meaningless("the formula ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _end(self) -> None:
        if self._token().kind != "end":
            raise Meaningless(f"cannot read on at {self._text() or 'a ' + self._token().kind!r}")

    def _expression(self) -> Node:
        terms = [self._signed_term()]
        while self._text() in _SIGNS:
            terms.append(self._signed_term())
        return terms[0][1] if len(terms) == 1 and terms[0][0] == "+" else tree.Sum(tuple(terms))

    def _signed_term(self) -> tuple[str, Node]:
        sign = self._take().text if self._text() in _SIGNS else "+"
        if self._text() == "…":
            self._take()
            return sign, tree.Dots()
        return sign, self._term()

    def _term(self) -> Node:
        found = self._product()
        while self._text() in ("⊙", "⋅", "·", "×", "/"):
            sign = self._take().text
            right = self._product()
            if sign == "/":
                found = tree.Quotient(found, right)
            else:
                found = tree.Signed("⊙" if sign == "⊙" else "⋅", found, right)
        return found

    def _product(self) -> Node:
        if self._text() == "−":
            self._take()
            return tree.Sum((("−", self._product()),))
        found = self._factor()
        while self._is_factor():
            if self._token().kind == "number":
                raise Meaningless("a number amid a product: the sign before it is missing")
            found = tree.Product(found, self._factor())
        return self._run(found) if self._text() == "…" else found

    def _run(self, before: Node) -> Node:
        """Read on after dots amid a product."""
        self._take()
        ends = _factors(before), _factors(self._product())
        first, last = (tuple(s for s in end if isinstance(s, tree.Symbol)) for end in ends)
        if not len(first) == len(last) == len(ends[0]) == len(ends[1]) == 2:
            raise Meaningless("a product with dots needs two symbols before and after them")
        return tree.Run(first, last)

    def _is_factor(self) -> bool:
        token = self._token()
        if token.kind == "sign":
            return token.text in _CLOSED_BY or token.text in ("{", *_OVER)
        return token.kind not in ("end", "words")

    def _factor(self) -> Node:
        found = self._scripted()
        while self._text() == "!":
            self._take()
            found = tree.Call("factorial", (found,))
        return found

    def _scripted(self) -> Node:
        token = self._token()
        if token.text in _OVER and (token.sub or token.text in "∑∏"):
            return self._over(self._take())
        if token.text in _CLOSED_BY:
            return self._bracket(self._take().text)
        if token.text == "∂":
            return self._derivative_in_line()
        readers: dict[str, Callable[[Token], Node]] = {
            "letter": self._letter,
            "number": self._number,
            "fraction": self._fraction,
            "binomial": lambda t: tree.Call("binomial", tuple(map(self._another, t.parts))),
            "root": lambda t: tree.Call("sqrt", (self._another(t.parts[0]),)),
            "brace": lambda t: tree.Brace(*map(self._another, t.parts)),
            "table": lambda t: tree.Matrix(tuple(tuple(map(self._another, row)) for row in t.rows)),
        }
        if token.text == "{":
            self._take()
            return self._cases(self._take())
        if token.kind not in readers:
            raise Meaningless(f"cannot read {token.text or 'the end'!r}")
        return readers[token.kind](self._take())

    def _number(self, token: Token) -> Node:
        return _raised(tree.Number(float(token.text), token.text), token.sup, self._another)

    def _fraction(self, token: Token) -> Node:
        above, below = token.parts
        if above and below and above[0].text == below[0].text == "∂":
            _refuse_lost_scripts(above[0])
            return tree.Derivative(self._another(above[1:]), self._another(below[1:]))
        return tree.Quotient(self._another(above), self._another(below))

    def _derivative_in_line(self) -> Node:
        """Read ∂E / ∂z as it stands in a line."""
        ends = []
        for mark in ("", "/"):
            if (mark and self._take().text != mark) or self._take().text != "∂":
                raise Meaningless("∂ that is no derivative")
            ends.append(self._letter(self._take()))
        return tree.Derivative(*ends)

    def _cases(self, table: Token) -> Node:
        cases: list[tuple[Node, Chain | None]] = []
        for row in table.rows:
            value, (word, *condition) = row[0], row[1] if len(row) > 1 else (Token("end"),)
            if word.text.strip() == "else" and not condition:
                cases.append((self._another(value), None))
            elif word.text.strip() == "if":
                cases.append((self._another(value), Parser(condition, self._functions).relation()))
            else:
                raise Meaningless("a case without if or else")
        return tree.Cases(tuple(cases))

    def _bracket(self, mark: str) -> Node:
        items = [self._expression()]
        trailing = False
        while self._text() == ",":
            self._take()
            trailing = self._text() == _CLOSED_BY[mark]
            items += [] if trailing else [self._expression()]
        closing = self._take()
        if closing.text != _CLOSED_BY[mark]:
            raise Meaningless(f"cannot read on at {closing.text or closing.kind!r} within {mark}")
        found = tree.Row(tuple(items)) if len(items) > 1 or trailing else items[0]
        if mark == "⟨":
            found = tree.Mean(found)
        elif mark in _BRACKETED:
            found = tree.Call(_BRACKETED[mark], (found,))
        if closing.sub:
            found = tree.Element(found, self._indices(closing.sub))
        return _raised(found, closing.sup, self._another)

    def _letter(self, token: Token) -> Node:
        """Read a symbol, or the function that it names with what that is applied to."""
        layer, power = self._layer(token.sup)
        indices = self._indices(token.sub)
        if token.text == "e" and power and layer is None and not indices:
            return tree.Exponential(self._another(power))
        if token.text in OPERATORS and not indices:
            return _raised(self._applied(token.text), power, self._another)
        found = tree.Symbol(token.text, layer, indices)
        name = tree.key(found)
        known = name in self._functions or name.rstrip("'") in self._functions
        if known and not power and self._text() == "(":
            return self._applied(name)
        return _raised(found, power, self._another)

    def _layer(self, sup: Tokens) -> tuple[Node | None, Tokens]:
        """Part what stands above a letter into a layer in brackets and the rest."""
        if not sup or sup[0].text != "(":
            return None, sup
        texts = [token.text for token in sup]
        if ")" not in texts:
            raise Meaningless("a layer whose bracket is not closed")
        close = texts.index(")")
        return self._another(sup[1:close]), sup[close + 1 :]

    def _indices(self, row: Tokens) -> tuple[Node, ...]:
        """Read what stands below a letter: side by side, with commas, or one expression."""
        pieces: list[list[Token]] = [[]]
        depth = 0
        for token in row:
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "," and not depth:
                pieces.append([])
            else:
                pieces[-1].append(token)
        found: list[Node] = []
        for piece in pieces:
            if any(token.text in (*_SIGNS, "(", "⌊") for token in piece):
                found.append(self._another(piece))
            elif [token.kind for token in piece] == ["words"]:
                found.append(tree.Word(piece[0].text))
            else:
                found += [self._another([token]) for token in piece]
        return tuple(found)

    def _applied(self, name: str) -> Node:
        """Read what a function is applied to: f'(z)² is the square of f'(z)."""
        if self._text() != "(":
            return tree.Call(name, (self._factor(),))
        found = self._bracket(self._take().text)
        outer = []
        while isinstance(found, tree.Power | tree.Transpose | tree.Element):
            outer.append(found)
            found = found.base if isinstance(found, tree.Power) else found.of
        call: Node = tree.Call(name, found.items if isinstance(found, tree.Row) else (found,))
        for around in reversed(outer):
            match around:
                case tree.Power(exponent=exponent):
                    call = tree.Power(call, exponent)
                case tree.Element(indices=indices):
                    call = tree.Element(call, indices)
                case _:
                    call = tree.Transpose(call)
        return call

    def _over(self, token: Token) -> Node:
        """Read what is summed, and over what: i, i = 1 to n, i : i → j, or s(i, j) = q."""
        names: tuple[str, ...] = ()
        start: Node | None = None
        stop: Node | None = None
        condition: Chain | None = None
        texts = [each.text for each in token.sub]
        words = ""
        if any(each.kind == "words" for each in token.sub):
            words = _said(token.sub)
        elif ":" in texts:
            names = (token.sub[0].text,)
            condition = Parser(token.sub[texts.index(":") + 1 :], self._functions).relation()
        elif token.sup:
            match Parser(token.sub, self._functions).chain():
                case Chain((tree.Symbol(name, None, ()), first), ("=",)):
                    names, start = (name,), first
                case _:
                    raise Meaningless("a sum that ends somewhere begins with i = ...")
            stop = self._another(token.sup)
        elif "=" in texts:
            condition = Parser(token.sub, self._functions).relation()
        elif [each.kind for each in token.sub] in ([], ["letter"]):
            names = tuple(texts)
        else:
            raise Meaningless("a sum over what is no index")
        if token.sup and stop is None:
            raise Meaningless("a sum that has an end and no beginning")
        kind = _OVER[token.text]
        return tree.Over(kind, names, start, stop, condition, self._term(), words)


def _refuse_lost_scripts(token: Token) -> None:
    """Refuse scripts that would not be read: on a fraction, a root, a relation, a ∂."""
    has_scripts = token.sub or (token.sup and token.kind != "number")
    is_read = token.kind == "letter" or token.text in (*_OVER, *_CLOSED_BY.values())
    if has_scripts and (token.text == "∂" or not is_read):
        raise Meaningless(f"a script on {token.text or 'a ' + token.kind}")


def _said(tokens: Tokens) -> str:
    """Return words and the symbols among them as one text."""
    said = (token.text + (f"_{_said(token.sub)}" if token.sub else "") for token in tokens)
    return " ".join("".join(said).split())


def _raised(base: Node, sup: Tokens, read_on: Callable[[Tokens], Node]) -> Node:
    """Return what stands above a bracket or a letter does to it: a transpose, a power."""
    if sup and sup[0] == _TRANSPOSE:
        base, sup = tree.Transpose(base), sup[1:]
    return tree.Power(base, read_on(sup)) if sup else base


def _factors(product: Node) -> tuple[Node, ...]:
    if isinstance(product, tree.Product):
        return (*_factors(product.left), *_factors(product.right))
    return (product,)
