"""The same book in other forms.

In: the built site. Out: a PDF, an archive to be read from a disk, and a comparison with what the
next generator makes of the same sources. The commands call what is here.
"""
