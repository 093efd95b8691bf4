"""What the process that is forked for each page imports beforehand: slow, and not ours.

`backprop` itself is imported anew by each page, so that an edited package is picked up.
"""

import threading

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot
import numpy  # noqa: F401

# Its import sets variables of the environment for OpenMP, which no page may do.
import sklearn.datasets  # noqa: F401
from tqdm import tqdm

from _book import plots

mpl.rcParams.update(plots.STYLE)
# Bars are not drawn here: no thread to watch them, no lock between processes that is left behind.
tqdm.monitor_interval = 0
tqdm.set_lock(threading.RLock())
