"""The step that the page on conventions writes in PyTorch's convention is the one it takes."""

from pathlib import Path

import pytest
from numpy.testing import assert_allclose
from peers import library

from book.source import fences

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"


@pytest.mark.parametrize("case", ["one", "batch"])
def test_a_step_in_the_convention_of_pytorch_is_its_own(case):
    torch = library("torch")
    names = {}
    exec(compile("\n".join(each.code for each in fences.read(PAGE)), PAGE, "exec"), names)
    x, t, W_1, b_1, W_2, b_2 = names[case]
    given = (W_1.T, b_1, W_2.T, b_2)
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 2), torch.nn.Sigmoid(), torch.nn.Linear(2, 1), torch.nn.Sigmoid()
    ).double()
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), given, strict=True):
            parameter.copy_(torch.tensor(array).reshape(parameter.shape))
    rate = names["eta"] / 2
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    torch.nn.MSELoss()(model(torch.tensor(x)), torch.tensor(t)).backward()
    optimizer.step()
    for parameter, ours in zip(
        model.parameters(), names["pytorch"](x, t, *given, rate), strict=True
    ):
        assert_allclose(parameter.detach().numpy(), ours.reshape(parameter.shape), rtol=1e-10)
