"""The faults: what an author can get wrong, and what must then be said of which file and line.

`§` stands before what is wrong, and is taken out: its line is the one that must be named.
"""

from __future__ import annotations

from typing import NamedTuple


def fence(code: str, options: str = "") -> str:
    return f"```python {options}".rstrip() + f"\n{code}\n```\n"


RUNS = {
    "raises": (fence("print(1)\n§print(1 / 0)"), "ZeroDivisionError: division by zero"),
    "raises in a function": (fence("def f():\n§    return y\n\n\nprint(f())"), "NameError"),
    "raises another": (fence("§int('x')", 'raises="KeyError: invalid"'), "ValueError"),
    "raises with another message": (
        fence("§int('x')", 'raises="ValueError: out of range"'),
        "ValueError: invalid literal",
    ),
    "does not raise": ("§" + fence("print(1)", 'raises="KeyError: x"'), "was to raise KeyError"),
    "syntax error": (fence("print(1)\n§print("), "SyntaxError"),
    "recursion": (fence("def f():\n§    return f()\n\n\nf()"), "RecursionError"),
    "exits": (fence("import sys\n§sys.exit(0)"), "SystemExit"),
    "exits at once": ("§" + fence("import os\n\nos._exit(0)"), "ends the process"),
    "crashes": ("§" + fence("import ctypes\n\nctypes.string_at(0)"), "ends the process"),
    "loops": ("§" + fence("while True:\n    pass"), "runs for more than"),
    "loops and holds on": (
        "§"
        + fence("while True:\n    try:\n        1 / 0\n    except BaseException:\n        pass"),
        "runs for more than",
    ),
    "sleeps": ("§" + fence("import time\n\ntime.sleep(99)\nprint(1)"), "runs for more than"),
    "prints 50 MB": (fence("§print('x' * 50_000_000)"), "prints more than 20000 bytes"),
    "writes a file": (fence("§open('x.txt', 'w').write('x')\nprint(1)"), "writes the file x.txt"),
    "writes a file in secret": (
        "§" + fence("try:\n    open('x.txt', 'w')\nexcept BaseException:\n    print(1)"),
        "writes the file x.txt",
    ),
    "writes with NumPy": (
        fence("import numpy as np\n\n§np.save('x', 1)\nprint(1)"),
        "writes the",
    ),
    "reads a file": (fence("§print(open('/etc/hostname').read())"), "reads the file hostname"),
    "deletes a file": (fence("import os\n\n§os.remove('mkdocs.yml')"), "deletes a file"),
    "starts a process": (
        fence("import subprocess\n\n§subprocess.run(['true'])\nprint(1)"),
        "starts a process",
    ),
    "forks": (fence("import os\n\n§print(os.fork())"), "starts a process"),
    "reads the environment": (fence("import os\n\n§print(os.environ['HOME'])"), "environment"),
    "reads the environment by a call": (fence("import os\n\n§print(os.getenv('HOME'))"), "environ"),
    "opens a connection": (
        fence("import socket\n\n§print(socket.create_connection(('127.0.0.1', 9)))"),
        "network",
    ),
    "warns": (fence("import warnings\n\n§warnings.warn('old')\nprint(1)"), "UserWarning: old"),
    "NumPy warns": (fence("import numpy as np\n\n§print(np.float64(1) / 0)"), "RuntimeWarning"),
    "writes to standard error": (
        "§" + fence("import sys\n\nprint(1, file=sys.stderr)"),
        "wrote to standard error",
    ),
    "leaves a thread": (
        "§" + fence("import threading\n\nthreading.Timer(60, print).start()\nprint(1)"),
        "leaves a thread running",
    ),
    "a name from later": (
        fence("§print(later)") + "\n" + fence("later = 1\nprint(later)"),
        "later",
    ),
    "a name from another page": (fence("§print(delta_hidden)"), "NameError"),
    "a package that is not installed": (fence("§import tensorflow\n\nprint(1)"), "ModuleNotFound"),
    "a package of another page": (fence("§import conftest\n\nprint(1)"), "ModuleNotFound"),
}
"""Snippets that cannot be run."""

NOT_RUN = {
    "python3": ("§```python3\nprint(1)\n```\n", "a Python fence is headed 'python3'"),
    "py": ("§```py\nprint(1)\n```\n", "a Python fence is headed 'py'"),
    "Python": ("§```Python\nprint(1)\n```\n", "a Python fence is headed 'Python'"),
    "braces": ("§```{.python}\nprint(1)\n```\n", "a Python fence is headed"),
    "misspelt": ("§```pyhton\nprint(1)\n```\n", "a Python fence is headed 'pyhton'"),
    "ipython": ("§```ipython\nprint(1)\n```\n", "a Python fence is headed 'ipython'"),
    "tildes": ("§~~~py\nprint(1)\n~~~\n", "a Python fence is headed 'py'"),
    "pycon": ("§```pycon\n>>> 1\n1\n```\n", "a fence of 'pycon'"),
    "an output by hand": ("§```text\n[0.1 0.2]\n```\n", "a fence of 'text'"),
    "an output by hand below what runs": (
        fence("x = 1", 'output="none"') + '\n§```text title="PyTorch 2.13 prints"\n1\n```\n',
        "a fence of 'text'",
    ),
    "an output by hand without a name": ("§```\n[0.1 0.2]\n```\n", "a fence of 'no language'"),
    "a console": ("§```console\n$ python\n```\n", "a fence of 'console'"),
    "exec": ("§" + fence("print(1)", 'exec="on"'), "unknown option 'exec'"),
    "a misspelt option": ("§" + fence("print(1)", 'outptu="none"'), "unknown option 'outptu'"),
    "a misspelt value": ("§" + fence("print(1)", 'output="nnoe"'), "is not a value of output"),
    "no value": ("§" + fence("print(1)", "output"), "cannot read the option"),
    "curly quotes": ("§" + fence("print(1)", "output=“none”"), "cannot read the option"),
    "single quotes": ("§" + fence("print(1)", "output='none'"), "cannot read the option"),
    "an option twice": ("§" + fence("print(1)", 'title="a" title="b"'), "stands twice"),
    "a plot without data": (
        "§"
        + fence(
            "import matplotlib.pyplot as plt\n\nplt.figure().text(0.5, 0.5, 'well')\nplt.show()"
        ),
        "a plot without data",
    ),
    "an explorer of no network": (
        "§" + fence("print(1)", 'explorer="two_two_one"'),
        "is not a value of explorer",
    ),
    "an explorer of nothing": (
        "§" + fence("print(1)", 'explorer="two_one_one"'),
        "an explorer without a figure",
    ),
    "a laboratory of no name": (
        "§" + fence("print(1)", 'laboratory="bench"'),
        "is not a value of laboratory",
    ),
    "a laboratory of nothing": (
        "§" + fence("print(1)", 'laboratory="boundary"'),
        "a laboratory without a figure",
    ),
    "a line of no equation": (
        "§" + fence("e = 1\nprint(e)", 'equations="e:no-such"'),
        "there is no equation `no-such`",
    ),
    "an equation of no line": (
        "§" + fence("e = 1\nprint(e)", 'equations="f:error"'),
        "no line assigns 'f'",
    ),
    "a line of an equation that the page leaves out": (
        "§" + fence("e = 1\nprint(e)", 'equations="e:error"'),
        "nothing on the page speaks of equation `error`",
    ),
    "a table of a line that is not there": (
        fence("e = 1\nprint(e)") + "\n| line | equation |\n| --- | --- |\n"
        "§| `e = 2` | equation `error` |\n",
        "no snippet has the line `e = 2`",
    ),
    "raises with any message": (
        "§" + fence("int('x')", 'raises="ValueError"'),
        "promises any message",
    ),
    "a number that nothing computed": (
        fence("x = 1\n§print(0.513)"),
        "prints 0.513, which nothing",
    ),
    "a number typed as a text": (fence("x = 1\n§print('0.513', x)"), "prints '0.513', which"),
    "warnings that are hidden": (
        fence("import warnings\n\n§warnings.filterwarnings('ignore')\nprint(1)"),
        "hides warnings",
    ),
    "a syntax error in what is not run": (
        fence("x = 1\n§print(", 'norun="It takes long." title="Long"'),
        "SyntaxError",
    ),
    "not run, and without a test": (
        "§" + fence("print(1)", 'norun="It takes long." title="Long"'),
        "no test names",
    ),
    "a text that is said to vary": (
        "§" + fence("print(1)", 'varies="it does"'),
        "prints something that is not pinned",
    ),
    "norun without a reason": ("§" + fence("print(1)", 'norun=""'), "give a text"),
    "a bare expression": (fence("x = 1\n§x + 1\nprint(x)"), "`x + 1` shows nothing"),
    "nothing shown": ("§" + fence("x = 1"), "shows nothing"),
    "shown all the same": ("§" + fence("print(1)", 'output="none"'), "shows something, though"),
    "a guard that is never true": (
        "§" + fence('if __name__ == "main":\n    print(1)'),
        "shows nothing",
    ),
    "empty": ("§```python\n```\n", "the fence is empty"),
    "not closed": ("§```python\nprint(1)\n", "a fence is not closed"),
    "closed by another mark": ("§````python\nprint(1)\n```\n", "a fence is not closed"),
    "too wide": (fence("§x = " + " + ".join(["1000"] * 20) + "\nprint(x)"), "columns of code"),
    "a program to complete that is not there": (
        "§" + fence("", 'exercise="slopes"'),
        "there is no exercise 'slopes'",
    ),
    "an exercise with code": (
        "§" + fence("print(1)", 'exercise="slope"'),
        "an exercise with code of its own",
    ),
}
"""Snippets that are not run, or show nothing."""

TEXT = {
    "quotes what the package has not": (
        "§" + fence("", 'of="backprop.dense.none"'),
        "the package has no 'backprop.dense.none'",
    ),
    "a stale number": (
        fence("x = 0.512\nprint(x)") + "\n§The output is 0.513.\n",
        "the text says 0.513",
    ),
    "a number rounded wrongly": (
        fence("x = 0.51249\nprint(x)") + "\n§It is 0.513 at the end.\n",
        "the text says 0.513",
    ),
    "a decimal of one digit": (fence("x = 0.52\nprint(x)") + "\n§It is 0.6 now.\n", "says 0.6"),
    "a whole number": (fence("x = 30\nprint(x)") + "\n§After 31 steps.\n", "the text says 31"),
    "a number in words": (
        fence("x = 400\nprint(x)") + "\n§It is five hundred times as large.\n",
        "the text says five hundred",
    ),
    "a share in words": (
        fence("x = 0.97\nprint(x)") + "\n§It reads 98 in a hundred.\n",
        "the text says 98 in a hundred",
    ),
    "a fraction": (fence("x = 0.25\nprint(x)") + "\n§It is a third of it.\n", "says a third"),
    "a sign": (fence("x = -0.5\nprint(x)") + "\n§It becomes 0.5 then.\n", "the text says 0.5"),
    "a number of another section": (
        fence("x = 31\nprint(x)") + "\n## Later\n\n§After 31 steps.\n",
        "the text says 31",
    ),
    "a number of a comment": (
        fence("x = 1  # not 31\nprint(x)") + "\n§After 31 steps.\n",
        "the text says 31",
    ),
    "a number of a title": ("§" + fence("print(1)", 'title="31 steps"'), "the text says 31"),
    "a number of a caption": (
        "§"
        + fence(
            "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()",
            'caption="After 31 steps."',
        ),
        "the text says 31",
    ),
    "a number of a heading": ("§## A step of 31\n", "the text says 31"),
    "a number of a link": ("§[After 31 steps](equations.md), it falls.\n", "the text says 31"),
    "a chapter that is not linked": ("§As chapter 7 says.\n", "chapter 7 is not linked"),
    "a chapter by another number": (
        "§As [chapter 7](xor.md) says.\n",
        "[chapter 7] leads to xor.md",
    ),
    "a chapter by its order": (
        "§As [the second chapter](how-a-network-learns.md) says.\n",
        "[the second chapter] leads to how-a-network-learns.md",
    ),
    "a heading of another page": (
        "§See [Numbers that break](xor.md).\n",
        "[Numbers that break] is a heading of other-activations",
    ),
    "an exercise that is not there": ("§It falls (exercise 99).\n", "has no exercise 99"),
    "an exercise that another page lacks": (
        "§See [exercise 99](how-a-network-learns.md#exercises).\n",
        "how-a-network-learns.md has no exercise 99",
    ),
    "a number in a formula": (
        fence("x = 0.5\nprint(x)") + "\n§With $z = 1.234$.\n",
        "the text says 1.234",
    ),
    "a percentage": (fence("x = 0.977\nprint(x)") + "\n§It reads 97.8 % of them.\n", "says 97.8 %"),
    "a thousand": (
        fence("x = 1797\nprint(x)") + "\n§There are 1,798 digits.\n",
        "the text says 1,798",
    ),
    "a year": ("§In 1986 it became known.\n", "the text says 1986"),
    "a formula not closed": ("§$$\na = b\n\nText.\n", "a formula is not closed"),
    "a displayed formula in a line": ("Text.\n\n§$$a = b$$\n", "not between two lines of $$"),
    "a displayed formula in brackets": ("Text.\n\n§\\[a = b\\]\n", "not between two lines of $$"),
    "an environment by itself": (
        "§\\begin{equation}\na = b\n\\end{equation}\n",
        "not between two lines of $$",
    ),
    "a formula not opened": ("a = b\n§$$\n", "a formula is not closed"),
    "an empty formula": ("§$$\n$$\n", "the formula is empty"),
    "an open brace": ("$$\n§\\frac{1}{2\n$$\n", "bad formula"),
    "a closing brace": ("$$\n§a}\n$$\n", "bad formula"),
    "an unknown command": ("Here §$\\sgimoid(z)$.\n", "bad formula"),
    "no end": ("$$\n§\\begin{aligned} a\n$$\n", "bad formula"),
    "two superscripts": ("$$\n§a^1^2\n$$\n", "bad formula"),
    "left without right": ("$$\n§\\left( a\n$$\n", "bad formula"),
    "a color": ("$$\n§\\color{red} a\n$$\n", "bad formula"),
    "a wrong sign in a formula": (
        "$$\n§z^{(l)} = a^{(l-1)} W^{(l)} - b^{(l)}\n$$\n",
        "the formula does not hold",
    ),
    "a wrong index in a formula": (
        "Text.\n\n$$\n§e^{(l)}_j = \\sum_k \\delta^{(l+1)}_k W^{(l+1)}_{kj}\n$$\n",
        "the formula has no meaning: k runs over 5 numbers and 3",
    ),
    "a formula of an unknown symbol": (
        '??? note "Title"\n    $$\n§    q = 2\n    $$\n',
        "the formula has no meaning: no meaning for q",
    ),
    "a formula of a symbol that nothing introduces": (
        '$$\n§q = 2\n$$\n{: evaluated="no" because="it is a pattern" }\n',
        "nothing introduces the symbol q",
    ),
    "a wrong sign of a formula in the text": (
        "§So [$e = \\hat{y} - t$](holds).\n",
        "the formula does not hold",
    ),
    "a condition of a formula in the text that nothing meets": (
        "§So [$z^{(l)} = z^{(l)}$ for $l > 9$](holds).\n",
        "compares nothing",
    ),
    "a formula in the text that claims without a mark": (
        "§Then $e = t - \\hat{y}$.\n",
        "nothing says what $e = t - \\hat{y}$ is for",
    ),
    "a given formula without a reason": ("§So [$h = 2$](given).\n", "does not say why"),
    "a symbol in the text that nothing introduces": (
        "§The sum $q + h$.\n",
        "nothing introduces the symbol q",
    ),
    "a formula not evaluated without a reason": (
        '$$\nq = 2\n$$\n§{: evaluated="no" }\n',
        "does not say why",
    ),
    "attributes of no formula": ('Text.\n§{: defines="q" }\n', "attributes that follow no formula"),
    "a name for what is in no formula": (
        "$$\n§z^{(l)} = z^{(l)}\n$$\n\nHere $W$ stands for $W^{(l)}$.\n",
        "no formula of the section has the $W$",
    ),
    "an unknown box": ('§!!! waring "Title"\n    Text.\n', "cannot read the box"),
    "a box without a space": ('§!!!note "Title"\n    Text.\n', "cannot read the box"),
    "an indented output": ("Text:\n\n§    [0.1 0.2]\n", "text is shown as if it were an output"),
    "a raw output": ("§<pre><code>[0.1 0.2]</code></pre>\n", "shown as if it were an output"),
    "indented code": ("Text:\n\n§    print(1 / 0)\n", "text is shown as if it were an output"),
    "code in a pre": ("§<pre>print(1 / 0)</pre>\n", "text is shown as if it were an output"),
    "a box that is not indented": ('§!!! note "Title"\nText.\n', "the box is empty"),
    "a box indented by two": ('§!!! note "Title"\n  Text.\n', "the box is empty"),
    "a box with curly quotes": ("§!!! note “Title”\n    Text.\n", "cannot read the box"),
    "an unknown fold": ('§??? solution "Solution"\n    Text.\n', "cannot read the box"),
    "a tab": ("Text.\n§\tText.\n", "a tab"),
    "a no-break space": ("Text.\n§Te\u00a0xt.\n", "a no-break space"),
    "a text turned round": (
        "Text.\n§The \u202eend\u202c.\n",
        "a letter that cannot be seen: right-to",
    ),
    "a blank without width": (
        "Text.\n§The\u200b end.\n",
        "a letter that cannot be seen: zero width",
    ),
    "a network of other sizes in the text": (
        fence("sizes = (4, 5, 3)\nprint(sizes)") + "\n§This is a 4-6-3 network.\n",
        "the sizes of a 4-6-3 network",
    ),
    "a network of other sizes in a caption": (
        "§"
        + fence(
            "import matplotlib.pyplot as plt\n\nplt.plot((4, 5, 3))\nplt.show()",
            'caption="A 4-6-3 network."',
        ),
        "the sizes of a 4-6-3 network",
    ),
    "a network of other sizes in a title": (
        fence("sizes = (4, 5, 3)\n§print('a 4-6-3 network', sizes)"),
        "the sizes of a 4-6-3 network",
    ),
    "a misspelt equation": ("§See equation `No`.\n", "cannot read the reference"),
    "an equation on the next line": ("§See equation\n`error`.\n", "cannot read the reference"),
    "mis-nested tags": ("§<b><i>Text</b></i>\n", "HTML is not valid"),
    "a tag not closed": ("§<div><p>Text.\n", "HTML is not valid"),
    "an end without a beginning": ("Text.\n§Text.</span>\n", "HTML is not valid"),
    "a claim that is false": (
        fence("x = 1\nprint(x)") + "\n§So [it is large](claim: x > 2).\n",
        "the claim does not hold: x > 2: it is false where 1 > 2",
    ),
    "a claim that raises": (
        fence("print(1)") + "\n§So [it is large](claim: x > 2).\n",
        "it raises NameError",
    ),
    "a claim that is neither true nor false": (
        fence("x = 1\nprint(x)") + "\n§So [it is one](claim: x).\n",
        "it is neither true nor false, but of class int",
    ),
    "a claim that writes": (
        fence("print(1)") + "\n§So [it is](claim: open('x.txt', 'w') is not None).\n",
        "it writes the file x.txt",
    ),
    "a claim before any snippet": (
        "§So [it is large](claim: x > 2).\n\n" + fence("x = 3\nprint(x)"),
        "a claim before any snippet",
    ),
    "a claim that is true only later": (
        fence("x = 1\nprint(x)") + "\n§[It is two](claim: x == 2).\n\n" + fence("x = 2\nprint(x)"),
        "it is false where 1 == 2",
    ),
    "a claim that is no expression": (
        fence("x = 1\nprint(x)") + "\n§So [it is one](claim: x = 1).\n",
        "is no expression",
    ),
    "a claim that asks nothing": (
        fence("print(1)") + "\n§So [it is one](claim: 1 == 1).\n",
        "names nothing that the page computes",
    ),
    "a claim that binds a name": (
        fence("x = 1\nprint(x)") + "\n§So [it is two](claim: (x := 2) == 2).\n",
        "binds a name",
    ),
    "a claim without an end": (
        fence("x = 1\nprint(x)") + "\n§So [it is one](claim: x == (1).\n",
        "a claim without its other bracket",
    ),
    "a claim of a caption": (
        "§"
        + fence(
            "import matplotlib.pyplot as plt\n\nx = [1, 2]\nplt.plot(x)\nplt.show()",
            'caption="[It falls](claim: x[1] < x[0])."',
        ),
        "it is false where 2 < 1",
    ),
    "a number in a claim": (
        fence("x = 0.512\nprint(x)") + "\n§[The output is 0.513](claim: x < 1).\n",
        "the text says 0.513",
    ),
    "an unknown equation": ("§See equation `hidden-detla`.\n", "no equation `hidden-detla`"),
}
"""Text that is not true, or cannot be read."""

BYTES = {
    "a byte order mark": (lambda text: b"\xef\xbb\xbf" + text, 1, "a byte order mark"),
    "carriage returns": (lambda text: text.replace(b"\n", b"\r\n"), 1, "a carriage return"),
    "not UTF-8": (lambda text: text + b"\n\xe9\n", 10, "not UTF-8"),
    "no front matter": (lambda text: text.split(b"---\n")[2], 1, "no front matter"),
    "no title": (lambda text: text.replace(b"title:", b"titel:"), 1, "has no title"),
    "no description": (lambda text: text.replace(b"description:", b"about:"), 1, "no description"),
    "bad front matter": (lambda text: text.replace(b"title: ", b"title: a: "), 2, "is not YAML"),
}
"""What is wrong with a page as a file: what is done to its bytes, the line, and what is said."""

UNSTEADY = {
    "random numbers": "import numpy as np\n\nprint(np.random.default_rng().integers(1e9))",
    "the old random numbers": "import random\n\nprint(random.random())",
    "the clock": "import time\n\nprint(time.time_ns())",
    "the date": "import datetime\n\nprint(datetime.datetime.now())",
    "the order of a set": "print({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})",
    "an address": "print(object())",
    "a process": "import os\n\nprint(os.getpid())",
    "a hash": "print(hash('backprop'))",
}
"""Snippets whose output an author pins, and that print another the next time."""

WARNED = {
    "a page that is not there": ("§[a](missing.md)\n", "the link missing.md leads nowhere"),
    "an anchor that is not there": ("§[a](notation.md#no)\n", "notation.md#no leads nowhere"),
    "an anchor of the same page": ("§[a](#no)\n", "the link #no leads nowhere"),
    "an image that is not there": ("§![a](missing.png)\n", "the link missing.png leads nowhere"),
    "the wrong case": ("§[a](Notation.md)\n", "the link Notation.md leads nowhere"),
    "an absolute link": ("§[a](/notation/)\n", "the link /notation/ leads nowhere"),
    "an undefined link": ("§A [link][nowhere] here.\n", "the link nowhere leads nowhere"),
    "a folder": ("§[a](api)\n", "the link api leads nowhere"),
    "a reference that is not there": (
        "§[a][backprop.network.hidden_dleta]\n",
        "the link backprop.network.hidden_dleta leads nowhere",
    ),
}
"""Links of which the generator warns."""

BUILT = {
    "a raw link": ('§<a href="../missing/">a</a>\n', "the link ../missing/ leads nowhere"),
    "a raw image": ('§<img src="missing.png" alt="a">\n', "the link missing.png leads nowhere"),
    "a raw anchor": ('§<a href="#missing">a</a>\n', "the link #missing leads nowhere"),
    "an undefined footnote": ("§A note[^1] here.\n", "Markdown is left over: [^1]"),
    "a dollar": ("§It costs $ 5.\n", "Markdown is left over: $ 5"),
    "a formula that is not one": ("§Here $ a = b $ is.\n", "Markdown is left over: $ a = b"),
    "a table without a rule": ("§| a | b |\n| c | d |\n", "Markdown is left over: | a | b |"),
    "a comment": ("Text <span>&lt;!-- all</span>.\n", "Markdown is left over: <!-- all"),
    "an image without a text": (
        '§<img src="../assets/favicon.svg">\n',
        "the image ../assets/favicon.svg has no text",
    ),
    "a drawing without a title": (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img"><path d="M0 0h1"/></svg>\n',
        "a drawing has no title",
    ),
    "an id twice": ('<i id="twice">a</i> §<i id="twice">b</i>\n', "the id twice stands 2 times"),
    "another server": (
        '§<img src="https://example.org/a.png" alt="a">\n',
        "the page asks another server for https://example.org/a.png",
    ),
    "a script from another server": (
        '§<script src="https://example.org/a.js"></script>\n',
        "the page asks another server",
    ),
    "a drawing of no role without a title": (
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1"/></svg>\n',
        "a drawing has no title",
    ),
    "a script in the text": ("§<script>print()</script>\n", "<script> in the text"),
    "a frame in the text": ('§<iframe src="#" title="a"></iframe>\n', "<iframe> in the text"),
    "a handler": ('§<b onclick="print()">a</b>\n', "onclick= runs 'print()'"),
    "a handler by Markdown": ('§**a**{: onclick="print()" }\n', "onclick= runs 'print()'"),
    "a link that runs": ("§[a](javascript:print)\n", "a link runs 'javascript:print'"),
    "a style": ('§<p style="color: red">Text.</p>\n', "a style in the page"),
}
"""What only the built page shows."""


class Edit(NamedTuple):
    """An edit of a file, the check that must catch it, and what must be said."""

    file: str
    old: str
    new: str | None
    check: str
    said: str
    where: str = ""
    """The page or the test to which the check is narrowed, so that it is quick."""


EDITS = {
    # The package and its tests
    "a sign: the error": Edit(
        "backprop/losses.py",
        "return target - output",
        "return output - target",
        "tests",
        "FAILED",
        "tests/package/test_losses.py::test_its_output_error_term_is_minus_dE_dz",
    ),
    "a sign: the hidden error term": Edit(
        "backprop/dense.py",
        "return e * activation",
        "return -e * activation",
        "tests",
        "FAILED",
        "tests/package/test_dense.py::test_a_hidden_error_term_is_an_error_times_a_slope",
    ),
    "a sign: the update": Edit(
        "backprop/network.py",
        "array += steps",
        "array -= steps",
        "tests",
        "FAILED",
        "tests/package/test_network.py::test_eq_update",
    ),
    "the slope is dropped": Edit(
        "backprop/dense.py",
        "return e * activation.derivative(a)",
        "return e",
        "tests",
        "FAILED",
        "tests/package/test_dense.py::test_a_hidden_error_term_is_an_error_times_a_slope",
    ),
    "the transpose is dropped": Edit(
        "backprop/dense.py",
        "delta_next @ W_next.T",
        "delta_next @ W_next",
        "tests",
        "FAILED",
        "tests/package/test_dense.py::test_each_equation_is_a_sum",
    ),
    "the learning rate is dropped": Edit(
        "backprop/dense.py",
        "scaled = learning_rate * delta\n",
        "scaled = delta\n",
        "tests",
        "FAILED",
        "tests/package/test_dense.py::test_each_equation_is_a_sum",
    ),
    "the half is dropped": Edit(
        "backprop/losses.py",
        "target) ** 2) / 2",
        "target) ** 2) / 1",
        "tests",
        "FAILED",
        "tests/package/test_losses.py::test_eq_squared_error",
    ),
    "the mean is dropped": Edit(
        "backprop/losses.py",
        "delta / len(delta) if delta.ndim == 2",
        "delta if 1",
        "tests",
        "FAILED",
        "tests/package/test_losses.py::test_its_output_error_term_is_minus_dE_dz",
    ),
    "the slope of sigmoid": Edit(
        "backprop/activations.py",
        "lambda a: a * (1 - a)",
        "lambda a: a * (1 + a)",
        "tests",
        "FAILED",
        "tests/package/test_activations.py::test_eq_sigmoid_derivative",
    ),
    "an overflow": Edit(
        "backprop/activations.py",
        "np.exp(np.minimum(z, -z))",
        "np.exp(-z)",
        "tests",
        "FAILED",
        "tests/package/test_activations.py::test_eq_sigmoid",
    ),
    "an example's weight": Edit(
        "backprop/datasets.py", "[0.1, 0.7]]", "[0.1, 0.8]]", "verify", "docs/in-code.md:"
    ),
    "another output": Edit(
        "backprop/losses.py",
        "return target - output",
        "return output - target",
        "verify",
        "docs/by-hand.md:",
        "docs/by-hand.md",
    ),
    "a renamed function": Edit(
        "backprop/checking.py", "def complex_step(", "def imaginary_step(", "verify", "NameError"
    ),
    "an argument of another name": Edit(
        "backprop/drawing.py", "    title: str,\n", "    name: str,\n", "verify", "TypeError"
    ),
    # The reference
    "an undocumented parameter": Edit(
        "backprop/dense.py",
        "    b : (n_out,) array, optional\n        Biases of the layer.\n\n    Returns",
        "\n    Returns",
        "docstrings",
        "backprop/dense.py:{def weighted_input}: PR01",
    ),
    "a parameter that is not there": Edit(
        "backprop/losses.py",
        "    target : (n_L,) or (N, n_L) array\n        What the output is to be, t.",
        "    goal : (n_L,) or (N, n_L) array\n        What the output is to be, t.",
        "docstrings",
        "backprop/losses.py:{def error}: PR02",
    ),
    "a parameter without a type": Edit(
        "backprop/checking.py", "    h : float\n", "    h\n", "docstrings", "PR04"
    ),
    "no returns": Edit(
        "backprop/dense.py",
        "    Returns\n    -------\n    (n_out,) or (N, n_out) array\n        Pre-activation.\n",
        "",
        "docstrings",
        "backprop/dense.py:{def weighted_input}: RT01",
    ),
    "no docstring": Edit(
        "backprop/datasets.py",
        "def two_one_one",
        "def lonely() -> None:\n    pass\n\n\ndef two_one_one",
        "docstrings",
        "backprop/datasets.py:{def lonely}: GL08",
    ),
    "a stale example": Edit(
        "backprop/losses.py",
        "    Implements equation `error`.\n",
        "    Implements equation `error`.\n\n    >>> 1 + 1\n    3\n",
        "doctests",
        "backprop/losses.py",
    ),
    "exported and missing": Edit(
        "backprop/__init__.py",
        '    "tanh",\n',
        '    "softplus",\n',
        "tests",
        "assert 'tanh' in",
        "tests/package/test_api.py",
    ),
    "imported and not exported": Edit(
        "backprop/__init__.py", '    "relu",\n', "", "ruff", "`backprop.activations.relu` imported"
    ),
    "public and not exported": Edit(
        "backprop/activations.py",
        "identity = Activation(",
        'step = Activation("step", np.sign, np.zeros_like)\n\nidentity = Activation(',
        "tests",
        "backprop.activations.step",
        "tests/package/test_api.py",
    ),
    "a module without a page": Edit(
        "docs/api/losses.md",
        "::: backprop.losses",
        "",
        "settings",
        "backprop/losses.py:1: the module",
    ),
    "a wrong type": Edit(
        "backprop/datasets.py", "-> Example:", "-> int:", "mypy", "backprop/datasets.py:"
    ),
    # Equations
    "an equation without a function": Edit(
        "backprop/dense.py",
        "    Implements equation `bias-step`.\n\n",
        "",
        "verify",
        "docs/how-a-network-learns.md:{bias-step}: no function",
    ),
    "an equation without a test": Edit(
        "tests/package/test_network.py",
        "def test_eq_bias_step(",
        "def test_the_bias_step(",
        "verify",
        "docs/how-a-network-learns.md:{bias-step}: no test checks equation `bias-step`",
    ),
    "a function of no equation": Edit(
        "backprop/dense.py",
        "    Implements equation `bias-step`.\n",
        "§    Implements equation `bias-steps`.\n",
        "verify",
        "implements equation `bias-steps`, which no chapter has",
    ),
    "an equation of that name": Edit(
        "docs/in-code.md", "\\label{complex-step}", "§\\label{bias-step}", "verify", "stands in"
    ),
    "an equation with a bad name": Edit(
        "docs/in-code.md", "\\label{complex-step}", "§\\label{Complex}", "verify", "is named"
    ),
    "a label outside a formula": Edit(
        "docs/in-code.md",
        "# In code: the program\n",
        "# In code: the program\n\n§\\label{lost}\n",
        "verify",
        "a label outside a formula",
    ),
    "a numbered equation in no chapter": Edit(
        "docs/notation.md",
        "# Notation\n",
        "# Notation\n\n$$\na\n§\\label{lost}\n$$\n",
        "verify",
        "a numbered equation outside a chapter",
    ),
    # Pinned outputs
    "a pinned output that was edited": Edit(
        "tests/outputs/in-code.txt", "0.00804047", "0.00804048", "verify", "docs/in-code.md:"
    ),
    "a pinned output that is gone": Edit(
        "tests/outputs/in-code.txt", "", None, "verify", "docs/in-code.md:"
    ),
    "a pinned output without a page": Edit(
        "docs/by-hand.md", "", None, "verify", "tests/outputs/by-hand.txt:1: the page of"
    ),
    # Sentences
    "a conclusion without its claim": Edit(
        "docs/by-hand.md",
        "Together they make the error term\n[forty times smaller]"
        "(claim: round(delta_2 / delta_1) == 40), which",
        "§Together they make the error term\nforty times smaller, which",
        "sentences",
        "nothing checks",
    ),
    "a conclusion of a caption without its claim": Edit(
        "docs/is-the-gradient-right.md",
        "are [best in the middle](claim: 1e-5 < lengths[np.argmin(central)] < 1e-3)",
        "§are best in the middle",
        "sentences",
        "nothing checks",
    ),
    "a conclusion that is new": Edit(
        "docs/xor.md",
        "This is what hidden layers are for",
        "§No other network does it in fewer steps. This is what hidden layers are for",
        "sentences",
        "which says 'fewer'",
    ),
    "an excuse that is none": Edit(
        "docs/any-number-of-layers.md",
        "the same edges, in the other direction. <!-- unclaimed: derived -->",
        "§the same edges, in the other direction. <!-- unclaimed: obvious -->",
        "sentences",
        "'obvious' is no reason",
    ),
    "an excuse beside a claim": Edit(
        "docs/by-hand.md",
        "[The columns agree](claim: all(abs(down[name] / (2 * h) - derived[name]) < 5e-8 "
        "for name in down)).",
        "§[The columns agree](claim: all(abs(down[name] / (2 * h) - derived[name]) < 5e-8 "
        "for name in down)). <!-- unclaimed: code -->",
        "sentences",
        "needs no excuse",
    ),
    "an excuse that readers see": Edit(
        "book/markdown/claims.py",
        "            text = sentences.without_excuses(text)\n        try",
        "            pass\n        try",
        "tests",
        "FAILED",
        "tests/book/test_sentences.py::test_a_page_is_converted_without_them",
    ),
    # Measured times
    "a measured time that was not measured": Edit(
        "docs/how-fast-is-it.md",
        '"backprop": [',
        '"backprop": [9',
        "tests",
        "docs/how-fast-is-it.md:",
        "tests/book/test_measured.py",
    ),
    "a new measurement that the chapter has not": Edit(
        "docs/assets/measured/engine.json",
        '"bytes per node": ',
        '"bytes per node": 1',
        "tests",
        "engine['bytes per node'] is",
        "tests/book/test_measured.py",
    ),
    # Headings, spelling, images: maintained tools
    "a level that is skipped": Edit(
        "docs/notation.md", "## The sign", "§#### The sign", "markdown", "MD001"
    ),
    "two headings alike": Edit(
        "docs/notation.md", "## The names in the post", "§## The sign", "markdown", "MD024"
    ),
    "a formula of a chapter": Edit(
        "docs/any-number-of-layers.md",
        "= \\delta^{(l)}_j\\, a^{(l-1)}_i",
        "§= -\\delta^{(l)}_j\\, a^{(l-1)}_i",
        "verify",
        "the formula does not hold",
        "docs/any-number-of-layers.md",
    ),
    "a formula in the text of a chapter": Edit(
        "docs/first-weights.md",
        "[$e_i = \\sum_k \\delta_k W_{ik}$]",
        "§[$e_i = \\sum_k \\delta_k W_{ki}$]",
        "verify",
        "the formula has no meaning",
        "docs/first-weights.md",
    ),
    "a line of another equation": Edit(
        "docs/in-code.md",
        "| `e_hidden = delta_output * W_output` | equation `hidden-error`",
        "§| `e_hidden = delta_output * W_output` | equation `hidden-delta`",
        "verify",
        "none of its equations is about",
        "docs/in-code.md",
    ),
    "a symbol by another name in the code": Edit(
        "docs/notation.md",
        "| `error` | that of",
        "§| `eror` | that of",
        "verify",
        "$e$ has no value",
        "docs/notation.md",
    ),
    "two titles": Edit("docs/notation.md", "## The sign", "§# The sign", "markdown", "MD025"),
    "an image without words": Edit(
        "docs/notation.md", "## The sign", "§![](assets/logo.svg)\n\n## The", "markdown", "MD045"
    ),
    "a bare address": Edit(
        "docs/notation.md", "## The sign", "§See https://example.org\n\n## The", "markdown", "MD034"
    ),
    "a link turned round": Edit(
        "docs/notation.md",
        "## The sign",
        "§See (this)[equations.md].\n\n## The",
        "markdown",
        "MD011",
    ),
    "a typing error": Edit(
        "docs/notation.md", "## The sign", "§Teh sign.\n\n## The sign", "spelling", "Teh ==> The"
    ),
    # Files and settings
    "a dependency that is not locked": Edit(
        "pyproject.toml",
        '"numpy>=2"',
        '"numpy>=2", "pandas"',
        "lock",
        "pandas is not in requirements",
    ),
    "a version that is not locked": Edit(
        "pyproject.toml", '"numpy>=2"', '"numpy>=99"', "lock", "numpy>=99, not numpy=="
    ),
    "no font": Edit(
        "docs/assets/fonts/book-math.woff2", "", None, "rendered", "book-math.woff2 is missing"
    ),
    "no style sheet": Edit("docs/assets/book.css", "", None, "rendered", "assets/book.css"),
    "no logo": Edit("docs/assets/logo.svg", "", None, "rendered", "assets/logo.svg"),
    "a drawing that is not well-formed": Edit(
        "docs/assets/favicon.svg",
        "</svg>",
        "",
        "rendered",
        "docs/assets/favicon.svg:2: not well-formed",
    ),
    "a page that is not listed": Edit(
        "mkdocs.yml", "      - Notation: notation.md\n", "", "warned", "notation.md"
    ),
    "a listed page that is not there": Edit(
        "mkdocs.yml", "kept-true.md\n", "symbols.md\n", "warned", "symbols.md"
    ),
}
EDITS |= {
    "a module that is not Python": Edit(
        "backprop/dense.py", "def bias_step(", "§def bias_step((", "lint", "cannot be parenthesized"
    ),
    "settings that are not YAML": Edit(
        "mkdocs.yml", "  language: en\n", "§  language: [en\n", "lint", "mkdocs.yml:13: not YAML"
    ),
    "a style sheet that is not CSS": Edit(
        "docs/assets/book.css", "}\n", "§}}\n", "settings", "docs/assets/book.css:"
    ),
    "a title that would hide the number of a chapter": Edit(
        "docs/in-code.md",
        "description: ",
        "§title: In code\ndescription: ",
        "pages",
        "the title of a chapter is its heading",
    ),
    "a number of a description": Edit(
        "docs/in-code.md",
        "description: ",
        "§description: In 31 steps, ",
        "verify",
        "the text says 31",
    ),
    "a chapter out of its order": Edit(
        "mkdocs.yml",
        "      - by-hand.md\n      - in-code.md\n",
        "      - in-code.md\n      - by-hand.md\n",
        "pages",
        "[chapter 2] leads to by-hand.md",
    ),
    "a page listed by another name": Edit(
        "mkdocs.yml",
        "      - Notation: notation.md\n",
        "§      - Symbols: notation.md\n",
        "settings",
        "notation.md is listed as Symbols",
    ),
    "code of the README that fails": Edit(
        "README.md",
        "network.forward(",
        "network.forwards(",
        "tests",
        "FAILED",
        "tests/test_around.py",
    ),
    "a version that is not that of the package": Edit(
        "CITATION.cff",
        "version: 0.1.0",
        "version: 0.2.0",
        "tests",
        "FAILED",
        "tests/test_around.py",
    ),
    "an option that the guide does not list": Edit(
        "CONTRIBUTING.md",
        '| `caption="text"` | stands below the figure |\n',
        "",
        "tests",
        "FAILED",
        "tests/test_around.py",
    ),
    "a folder that the guide names and that is not there": Edit(
        "CONTRIBUTING.md",
        "`docs/assets/run/`",
        "`docs/assets/runs/`",
        "tests",
        "FAILED",
        "tests/test_around.py",
    ),
}
# Exercises: the solution passes, the starter does not, and each wrong answer is recognized
_SLOPE, _AT = (
    "backprop/exercises/catalogue/slope.py",
    'docs/your-turn.md:{python exercise="slope"}: ',
)
_EXERCISES = {
    "a solution that does not pass": (
        "1 / (1 + np.exp(-z))",
        "1 / (2 + np.exp(b))",
        "ValueError: slope: the solution does not pass",
    ),
    "a starter that is more than a starter": (
        "def slope(a):\n    return ...\n",
        "def slope(a):\n    return ...\n\n\ndef slope(a):\n    return a * (1 - a)\n",
        "ValueError: slope: the starter is more than a starter",
    ),
    "a wrong answer that is right": (
        '"return 1 - a",',
        '"return a - a**2",',
        "ValueError: slope: the wrong answer 'return a - a**2' is not recognized",
    ),
    "a wrong answer that is taken for another": (
        '"return 1 - a",',
        '"return a * 2 - a",',
        "ValueError: slope: the wrong answer 'return a' is not recognized",
    ),
    "a verdict that changes": (
        "This is the output itself",
        "This is the output",
        "the page shows something else than what is pinned",
    ),
}
EDITS |= {
    fault: Edit(_SLOPE, old, new, "verify", _AT + said, "docs/your-turn.md")
    for fault, (old, new, said) in _EXERCISES.items()
}
EDITS["a folder that uses one above it"] = Edit(
    "book/source/pages.py",
    "def title(",
    "from book.checks import links as _above\n\n\ndef title(",
    "imports",
    "book.source.pages -> book.checks.links",
)
for name, line in {
    "book": "  - book\n",
    "mkdocstrings": "  - mkdocstrings:\n",
    "search": "  - search\n",
}.items():
    EDITS[f"{name} is not loaded"] = Edit(
        "mkdocs.yml",
        line,
        line.replace(name, "other"),
        "settings",
        f"mkdocs.yml:1: {name} is missing",
    )
"""Edits, each with the check that catches it; "warned" and "rendered" are builds of all at once.

"settings", "pages" and "sentences" are seen by `lint`, one kind after the other, all at once.
"""
