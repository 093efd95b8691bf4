"""The text becomes HTML.

In: the Markdown of a page, and the outcomes of its snippets. Out: what stands on the page: code
with its output, formulas as MathML, exercises that can be linked to, terms that lead to the
glossary. Each module adds to Python-Markdown what its `extend` says; `book` calls them in order.
"""
