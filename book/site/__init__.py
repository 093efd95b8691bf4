"""The built site is finished.

In: the folder that the generator has written. Out: the same folder with small pages, a policy of
what they may load, an index that finds symbols, cards, llms.txt, programs and notebooks. `serving`
shows the pages while they are written, without all that. The commands call what is here.
"""
