import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.model.combiner import Combiner
from autocompose.model.losses import cyclic_loss
from tests.model_fakes import PARITY


@pytest.fixture(scope="module")
def golden():
    stored = np.load(PARITY / "combiner" / "combiner.npz")
    return {name: torch.from_numpy(np.array(stored[name])) for name in stored.files}


def official(golden) -> Combiner:
    combiner = Combiner(32, 48, 64)
    state = {name[3:]: value for name, value in golden.items() if name.startswith("sd/")}
    combiner.load_state_dict(state, strict=True)
    return combiner.eval()


def test_official_weights_load_strictly_and_compose_the_same(golden):
    combiner = official(golden)
    ref, text = golden["ref"], golden["text"]
    composed = combiner.combine(ref, text)
    torch.testing.assert_close(composed, golden["combined"], atol=1e-5, rtol=0)
    torch.testing.assert_close(combiner.gate(ref, text), golden["gate"], atol=1e-5, rtol=0)
    logits = combiner(ref, text, golden["target"])
    torch.testing.assert_close(logits, golden["logits"], atol=1e-3, rtol=0)
    back = combiner.combine(composed, golden["text_rev"])
    torch.testing.assert_close(back, golden["combined_rev"], atol=1e-5, rtol=0)
    torch.testing.assert_close(
        combiner(composed, golden["text_rev"], ref), golden["logits_rev"], atol=1e-3, rtol=0
    )


@pytest.mark.parametrize("weight", [None, 0.0, 0.3, 0.5, 1.0])
def test_losses_and_every_gradient_match_the_official_code(golden, weight):
    combiner = official(golden)
    key = "nocycle" if weight is None else f"w{weight}"
    reverse = None if weight is None else golden["text_rev"]
    loss = cyclic_loss(
        golden["ref"],
        golden["target"],
        golden["text"],
        reverse,
        compose=combiner.combine,
        weight=weight or 0.0,
    )
    assert loss.item() == pytest.approx(golden[f"{key}/loss"].item(), abs=1e-4)
    loss.backward()
    for name, parameter in combiner.named_parameters():
        expected = golden[f"{key}/grad/{name}"]
        scale = max(expected.abs().max().item(), 1e-6)
        assert parameter.grad is not None
        assert (parameter.grad - expected).abs().max().item() <= 1e-4 * scale, name


def test_three_adam_steps_end_at_the_official_weights(golden):
    combiner = official(golden)
    optimiser = torch.optim.Adam(combiner.parameters(), lr=2e-3)
    losses = []
    for _ in range(3):
        loss = cyclic_loss(
            golden["ref"],
            golden["target"],
            golden["text"],
            golden["text_rev"],
            compose=combiner.combine,
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses == pytest.approx(golden["adam/losses"].tolist(), abs=1e-3)
    for name, parameter in combiner.named_parameters():
        # Adam divides by the gradient's size, so what has almost none moves by rounding alone.
        moved = golden[f"w0.5/grad/{name}"].abs() >= 1e-6
        difference = (parameter - golden[f"adam/after3/{name}"]).abs()[moved]
        assert difference.max().item() <= 1e-4 if len(difference) else True, name


def test_paper_dimensions_have_the_published_number_of_weights():
    with torch.device("meta"):
        combiner = Combiner(1024)
    assert sum(p.numel() for p in combiner.parameters()) == pytest.approx(62.9e6, rel=0.01)
    assert combiner.combiner_layer.weight.shape == (5120, 5120)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.floats(0.01, 100), st.integers(0, 9))
def test_composed_features_are_unit_and_batch_equals_singles(rows, scale, seed):
    torch.manual_seed(seed)
    combiner = Combiner(8, 6, 10).eval()
    image, text = torch.randn(rows, 8) * scale, torch.randn(rows, 8)
    together = combiner.combine(image, text)
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(rows), atol=1e-5, rtol=0)
    alone = torch.cat([combiner.combine(image[i : i + 1], text[i : i + 1]) for i in range(rows)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
    gate = combiner.gate(image, text)
    assert gate.shape == (rows, 1)
    assert bool(((gate >= 0) & (gate <= 1)).all())
