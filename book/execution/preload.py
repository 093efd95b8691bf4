"""What the process that is forked for each page does beforehand, because it is slow."""

import contextlib
import functools
import gc
import io
import threading

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import matplotlib.text
import numpy as np

# Its import sets variables of the environment for OpenMP, which no page may do.
import sklearn.datasets  # noqa: F401
from tqdm import tqdm

from book import files
from book.execution import figures, worker

# Each drawing makes a reader of formulas that forgets what it has read: let all share one.
setattr(matplotlib.text, "TextToPath", functools.cache(matplotlib.text.TextToPath))  # noqa: B010
mpl.rcParams.update(figures.STYLE)
# The first plot finds the fonts, and how wide each label is: these stay known to all pages.
figure, axes = plt.subplots()
axes.loglog([1e-16, 1e9], [1e-16, 1e9], label="0123456789")
axes.set(xticks=10.0 ** np.arange(-16, 10), xlabel="x", ylabel="y", title="title")
axes.legend()
figure.savefig(io.StringIO(), format="svg")
plt.close(figure)
# A package that cannot be imported is for the page to report; one that was edited since, it imports
# anew.
with contextlib.suppress(Exception):
    found = files.state(worker.PACKAGE)
    import backprop  # noqa: F401

    worker.preloaded = found
# Bars are not drawn here: no thread to watch them, no lock between processes that is left behind.
tqdm.monitor_interval = 0
tqdm.set_lock(threading.RLock())
# What stands here stays: the pages need not look through it for garbage.
gc.freeze()
