"""What is untrue or broken is refused, with the file, the line, and what to do.

In: the pages as written, their outcomes, and the built site. Out: problems, or nothing. `source`
reads the Markdown, `numbers` the numbers in the text, `gate` keeps an untrue page from being
converted, `site`, `html` and `links` look at what was built; `all` is every check that needs no
site. Only the commands and the extension itself call what is here.
"""
