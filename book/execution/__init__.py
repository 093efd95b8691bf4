"""What the snippets of a page give.

In: the fences of a page, from `source`. Out: for each, what it printed, drew or raised. A page is
executed whole, in a process forked for it, within a sandbox and a limit of processor time; what was
executed before is found in a cache on disk. `slicing` finds the program that a reader copies, from
what `statements` reads off the syntax; `snapshots` compares outcomes with those that are pinned.
`markdown`, `site` and `checks` ask here.
"""
