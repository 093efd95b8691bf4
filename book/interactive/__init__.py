"""What a reader can change on the page.

In: a snippet, and what it gave. Out: the HTML of an explorer, the buttons of snippets that run in
the page, and the files that a browser needs to run them. `markdown` puts the first two into a page,
the command `build` the last into the site. Their scripts lie in `docs/assets`.
"""
