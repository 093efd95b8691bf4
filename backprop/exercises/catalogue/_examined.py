"""Ask the doctor about a gradient that points downhill, as the book's do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from backprop.diagnosis import Diagnosis, diagnose

DOWNHILL = "minus the gradient: it points downhill"
MULTIPLIED = "all arrays are multiplied by "
UPHILL = "the sign is that of the gradient, uphill, and this exercise asks for minus the gradient"


def downhill(setting: dict[str, Any], computed: Any, **more: Any) -> Diagnosis:
    """Diagnose what is to point downhill.

    Parameters
    ----------
    setting : dict
        With a network, its inputs X and targets T.
    computed : sequence of arrays
        What a program gave, in the order of the parameters.
    **more : object
        What else the doctor is told.

    Returns
    -------
    Diagnosis
        Its conventions are those that differ from what was asked for.
    """
    found = diagnose(setting["network"], setting["X"], setting["T"], computed, **more)
    rest = tuple(each for each in found.conventions if each != DOWNHILL)
    # The doctor's factor is that of the gradient, and that of minus the gradient is asked for.
    turned = tuple(re.sub(f"^{MULTIPLIED}-", MULTIPLIED, each) for each in rest)
    down = DOWNHILL in found.conventions or turned != rest
    rest = turned
    if not down and found.verdict != "unknown":
        rest = (*rest, UPHILL)
    return replace(found, conventions=rest)
