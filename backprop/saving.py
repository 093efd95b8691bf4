"""A network's numbers in a file, and back: what was trained need not be trained again.

The file is NumPy's own, `.npz`, with an array for each parameter, and for what a layer remembers
beside its parameters, such as the running averages of batch normalization. The file holds
numbers and names, and no code, so opening it runs nothing. The layers themselves are not in the
file: the network into which it is loaded is built as the saved network was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.lib.npyio import NpzFile

from backprop._arrays import Array, finite_array, shown
from backprop.network import Network, _place

File: TypeAlias = str | os.PathLike[str] | IO[bytes]
"""A path, or a file that is open for bytes."""


def save(network: Network, file: File) -> None:
    """Write all that a network has learned.

    Parameters
    ----------
    network : Network
        Network, which is not changed.
    file : str, path or file
        Where to; `.npz` is appended to a name that has another ending, as NumPy does.

    Raises
    ------
    TypeError
        The network is not a Network, or the file is neither a path nor a file.
    ValueError
        A number of the network is not finite.

    Examples
    --------
    >>> from io import BytesIO
    >>> from backprop import Layer
    >>> trained, fresh = Network([Layer([[0.5]])]), Network([Layer([[0.0]])])
    >>> file = BytesIO()
    >>> save(trained, file)
    >>> _ = file.seek(0)
    >>> load(fresh, file)
    >>> print(fresh[1].W)
    [[0.5]]
    """
    arrays = _arrays(network)
    for key, array in arrays.items():
        finite_array(_place(key), array)
    _require_file(file)
    np.savez(file, **{_name(key): array for key, array in arrays.items()})  # type: ignore[arg-type]


def load(network: Network, file: File) -> None:
    """Read what another network has learned into one that is built in the same way.

    Parameters
    ----------
    network : Network
        Network, which is changed if everything fits.
    file : str, path or file
        What `save` wrote; `.npz` may be left out, as in the call of `save`. A file without this
        ending is read where there is none with it.

    Raises
    ------
    TypeError
        The network is not a Network, or the file is neither a path nor a file.
    ValueError
        The file is none that `save` wrote, or holds the arrays of another network, or of another
        type, or a number that is not finite, or an array of the network cannot be written. Nothing
        is changed then.
    FileNotFoundError
        There is no such file.
    """
    own = _arrays(network)
    _require_file(file)
    try:
        found = _read(_as_saved(file))
    except FileNotFoundError:
        raise
    except Exception as error:
        # What a damaged archive makes its reader raise has many classes.
        raise ValueError(f"file must be one that `save` wrote: {error}") from error
    _require_same(own, found)
    for key, array in own.items():
        # Where they stand: who holds an array of the network, holds the new numbers.
        array[...] = found[_name(key)]


def _as_saved(file: File) -> File:
    """Return a path, with `.npz` appended as `save` has done, but where only another is there."""
    if not isinstance(file, str | os.PathLike):
        return file
    name = os.fsdecode(file)
    saved = name if name.endswith(".npz") else f"{name}.npz"
    return saved if Path(saved).exists() or not Path(name).exists() else name


def _read(file: File) -> dict[str, Array]:
    """Return the arrays of an archive by their names."""
    kept = np.load(file, allow_pickle=False)
    if not isinstance(kept, NpzFile):
        raise TypeError("it holds a single array")
    with kept:
        return {name: kept[name] for name in kept.files}


def _arrays(network: Network) -> dict[Any, Array]:
    """Return the arrays of a network, those that are learned first."""
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {shown(network)}")
    return network.parameters | network._state


def _name(key: tuple[Any, ...]) -> str:
    """Return what an array is called in a file: ("W", 2) is W.2."""
    return ".".join(map(str, key))


def _require_file(file: File) -> None:
    if not isinstance(file, str | os.PathLike) and not hasattr(file, "read"):
        raise TypeError(f"file must be a path or a file, not {shown(file)}")


def _require_same(own: Mapping[Any, Array], found: Mapping[str, Array]) -> None:
    """Refuse a file that does not hold just the arrays of a network, which can be written."""
    for key, array in own.items():
        if not array.flags.writeable:
            raise ValueError(f"{_place(key)} is read-only: it cannot be changed")
        there = found.get(_name(key))
        if there is None:
            raise ValueError(f"file must hold {_place(key)}, as the network does")
        # Another machine may have written the bytes of each number in another order.
        there_type, type_ = (each.dtype.newbyteorder("=") for each in (there, array))
        if there.shape != array.shape or there_type != type_:
            raise ValueError(
                f"file must hold {_place(key)} as {array.dtype} of shape {array.shape}, not "
                f"{there.dtype} of shape {there.shape}"
            )
        finite_array(f"{_place(key)} in the file", there)
    if more := found.keys() - set(map(_name, own)):
        raise ValueError(f"file must hold what the network has, and not {min(more)} besides")
