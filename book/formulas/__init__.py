"""Every formula of the book that states something is evaluated.

In: the formulas of a page, as `source` finds pages and `mathml` renders formulas; the table of
`docs/notation.md`; the package. Out: problems, each with file, line, both values and the indices at
which they part, or nothing. A formula that does not hold is refused, and so is one that has no
meaning. `checks` asks here for problems, and `markdown` takes out what is said to the evaluator
alone.

A formula goes through these modules in this order:

    displayed   finds it on its page, with what is said beside it
    inline      finds those in the text that claim, and refuses what says a relation without a mark
    introducing its symbols are in the notation, or on the page
    reading     its MathML becomes letters, numbers and signs; `grammar` and `parsing` make a tree
    worlds      what its symbols mean on this page; `notation`, `chapters` read the tables of them
    evaluating  the value of an expression: `symbols`, `arithmetic`, `sums`, one per kind of node
    stating     both sides of each statement are compared, for all values of all indices
    checking    all of it, for a page and in random worlds of several seeds; `counting` adds up
    substituting writes it with numbers for its symbols
    lines       lines of code that are said to write an equation out give what it gives
"""

from book.formulas import arithmetic, sums, symbols  # noqa: F401 - they say what each node means
