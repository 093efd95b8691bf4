"""What a network has learned comes back from a file as it was, or not at all."""

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from test_networks_of_layers import EXAMPLES, example

from backprop import (
    Adam,
    BatchNormalization,
    Chain,
    Dense,
    Layer,
    Network,
    load,
    random_network,
    save,
    sigmoid,
    tanh,
    train,
)


def normalizing(seed):
    rng = np.random.default_rng(seed)
    inner = Chain(Dense(rng.normal(size=(3, 4))), BatchNormalization(np.ones(4), np.zeros(4)))
    return Network([inner, Layer(rng.normal(size=(4, 2)), rng.normal(size=2))])


def saved(network):
    file = io.BytesIO()
    save(network, file)
    file.seek(0)
    return file


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_what_was_saved_is_loaded_bit_by_bit(tmp_path, name, dtype):
    networks = [
        network.with_parameters({k: w.astype(dtype) for k, w in network.parameters.items()})
        for network, *_ in (example(name, seed) for seed in (0, 1))
    ]
    trained, fresh = networks
    arrays = dict(fresh.parameters)
    save(trained, tmp_path / "network.npz")
    load(fresh, str(tmp_path / "network.npz"))
    for key, w in trained.parameters.items():
        assert_array_equal(fresh.parameters[key], w)
        assert fresh.parameters[key] is arrays[key]


def test_running_averages_are_saved_too():
    trained, fresh = normalizing(0), normalizing(1)
    x, target = 5 + np.random.default_rng(2).normal(size=(20, 3)), np.zeros((20, 2))
    train(trained, x, target, epochs=3, optimizer=Adam(0.1))
    file = saved(trained)
    with np.load(file) as kept:
        assert {"W.1.1", "gamma.1.2", "running_mean.1.2", "b.2"} <= set(kept.files)
    file.seek(0)
    load(fresh, file)
    assert_array_equal(fresh.predict(x), trained.predict(x))


def file_of(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    return file


W, NaN = np.ones((3, 2)), np.full((3, 2), np.nan)
REFUSED = {
    "lacks one": (lambda: file_of(b=W), "file must hold W of layer 1"),
    "another shape": (
        lambda: file_of(**{"W.1": np.ones((2, 3))}),
        r"W of layer 1 as float64 of shape \(3, 2\), not float64 of shape \(2, 3\)",
    ),
    "another type": (lambda: file_of(**{"W.1": W.astype("f4")}), "not float32 of shape"),
    "not finite": (lambda: file_of(**{"W.1": NaN}), "W of layer 1 in the file must be finite"),
    "one more": (lambda: file_of(**{"W.1": W, "W.2": W}), "and not W.2 besides"),
    "no archive": (lambda: io.BytesIO(b"text"), "file must be one that `save` wrote"),
    "nothing": (lambda: io.BytesIO(b""), "file must be one that `save` wrote"),
    "objects": (
        lambda: file_of(**{"W.1": np.array([None])}),
        "file must be one that `save` wrote",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_changes_nothing(name):
    network = Network([Layer(np.full((3, 2), 0.5))])
    make, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        load(network, make())
    assert_array_equal(network[1].W, np.full((3, 2), 0.5))


def test_other_things_are_refused(tmp_path):
    network = Network([Layer(W)])
    for function in (save, load):
        with pytest.raises(TypeError, match="network must be a Network"):
            function(network[1], tmp_path / "file.npz")
        with pytest.raises(TypeError, match="file must be a path or a file"):
            function(network, 3)
    with pytest.raises(FileNotFoundError):
        load(network, tmp_path / "none.npz")
    network[1].W = NaN
    with pytest.raises(ValueError, match="W of layer 1 must be finite"):
        save(network, tmp_path / "file.npz")
    assert not (tmp_path / "file.npz").exists()


def test_every_byte_that_is_changed_is_noticed_or_changes_nothing():
    """What a damaged archive makes NumPy raise has many classes; a caller meets one."""
    network = Network([Layer(W)])
    whole = saved(network).getvalue()
    noticed = 0
    for place in range(len(whole)):
        fresh, damaged = Network([Layer(np.full((3, 2), 0.5))]), bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            load(fresh, io.BytesIO(bytes(damaged)))
        except ValueError:
            noticed += 1
            assert_array_equal(fresh[1].W, np.full((3, 2), 0.5))
        else:
            assert_array_equal(fresh[1].W, W)
    assert noticed > len(whole) / 2


def test_a_single_array_is_no_file_of_a_network(tmp_path):
    np.save(tmp_path / "one.npy", W)
    with pytest.raises(ValueError, match="file must be one that `save` wrote: it holds a single"):
        load(Network([Layer(W)]), tmp_path / "one.npy")


@pytest.mark.parametrize("name", ["trained", "net.1", "weights.NPZ", "whole.npz"])
def test_a_name_by_which_a_network_was_saved_loads_it(tmp_path, name):
    save(Network([Layer(W)]), tmp_path / name)
    for path in (tmp_path / name, str(tmp_path / name)):
        fresh = Network([Layer(np.zeros((3, 2)))])
        load(fresh, path)
        assert_array_equal(fresh[1].W, W)


def test_an_array_that_cannot_be_written_is_named_before_any_is_changed():
    file = saved(normalizing(0))
    for part in ("b of layer 2", "running"):
        network = normalizing(1)
        arrays = [*network.parameters.values(), *network._state.values()]
        before = [array.copy() for array in arrays]
        held = network[2].b if part == "b of layer 2" else arrays[-1]
        held.setflags(write=False)
        file.seek(0)
        with pytest.raises(ValueError, match="is read-only: it cannot be changed"):
            load(network, file)
        for array, old in zip(arrays, before, strict=True):
            assert_array_equal(array, old)


def test_a_file_that_is_not_there_is_called_by_its_name(tmp_path):
    for name in ("none.npz", "none"):
        with pytest.raises(FileNotFoundError) as raised:
            load(Network([Layer(W)]), tmp_path / name)
        assert raised.value.filename == str(tmp_path / "none.npz")


def test_a_file_with_a_number_that_is_none_names_the_array_and_the_place(tmp_path):
    network = random_network(np.random.default_rng(0), [2, 3, 1], [tanh, sigmoid])
    save(network, tmp_path / "kept.npz")
    arrays = dict(np.load(tmp_path / "kept.npz"))
    arrays["W.2"][1, 0] = np.nan
    np.savez(tmp_path / "kept.npz", **arrays)
    with pytest.raises(
        ValueError, match=r"^W of layer 2 in the file must be finite, but holds nan at \(1, 0\)$"
    ):
        load(network, tmp_path / "kept.npz")


def test_the_order_of_the_bytes_is_no_matter():
    """A machine that puts the last byte first writes its own, which NumPy tells apart."""
    trained, fresh = Network([Layer([[0.5, -2.0]])]), Network([Layer([[0.0, 0.0]])])
    arrays = {f"{name}.{layer}": array for (name, layer), array in trained.parameters.items()}
    swapped = {name: each.astype(each.dtype.newbyteorder("S")) for name, each in arrays.items()}
    assert all(each.dtype != arrays[name].dtype for name, each in swapped.items())
    file = io.BytesIO()
    np.savez(file, **swapped)
    file.seek(0)
    load(fresh, file)
    assert_array_equal(fresh[1].W, trained[1].W)
    assert fresh[1].W.dtype == trained[1].W.dtype
