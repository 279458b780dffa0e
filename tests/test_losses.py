import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from autocompose.model.losses import bbc_loss, cyclic_loss, element_wise_sum
from tests.model_fakes import PARITY

CASES = ("balanced", "rn50_like", "tiny_text")


@pytest.fixture(scope="module")
def golden():
    stored = np.load(PARITY / "clip_stage" / "sum_loss.npz")
    return {name: torch.from_numpy(np.array(stored[name])) for name in stored.files}


@pytest.mark.parametrize("case", CASES)
def test_the_sum_and_both_hops_match_the_official_code(golden, case):
    ref, text, text_rev = (golden[f"{case}/{n}"] for n in ("ref", "text", "text_rev"))
    first = element_wise_sum(ref, text)
    torch.testing.assert_close(first, golden[f"{case}/predicted"], atol=1e-6, rtol=0)
    second = element_wise_sum(first, text_rev)
    torch.testing.assert_close(second, golden[f"{case}/predicted_rev"], atol=1e-6, rtol=0)
    torch.testing.assert_close(
        100 * second @ F.normalize(ref, dim=-1).T, golden[f"{case}/logits_rev"], atol=1e-3, rtol=0
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weight", [None, 0.0, 0.3, 0.5, 1.0])
def test_stage_one_loss_and_gradients_match_the_official_code(golden, case, weight):
    names = ("ref", "target", "text", "text_rev")
    leaves = {n: golden[f"{case}/{n}"].clone().requires_grad_() for n in names}
    key = f"{case}/nocycle" if weight is None else f"{case}/w{weight}"
    loss = cyclic_loss(
        leaves["ref"],
        leaves["target"],
        leaves["text"],
        None if weight is None else leaves["text_rev"],
        weight=weight or 0.0,
    )
    expected = golden[f"{key}/loss"].item()
    assert loss.item() == pytest.approx(expected, abs=1e-4, rel=1e-5)
    loss.backward()
    for name, leaf in leaves.items():
        gradient = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
        wanted = golden[f"{key}/grad_{name}"]
        scale = max(wanted.abs().max().item(), 1e-6)
        assert (gradient - wanted).abs().max().item() <= 1e-4 * scale, name


def test_loss_of_two_orthogonal_pairs_by_hand():
    query = torch.eye(2)
    # Own key at cosine 1, the other at 0: log(1 + e^-s).
    assert bbc_loss(query, 3 * query, logit_scale=2.0).item() == pytest.approx(
        math.log1p(math.exp(-2.0))
    )


def test_weight_zero_is_the_forward_loss_and_weight_one_the_way_back():
    torch.manual_seed(0)
    ref, target, text, back = torch.randn(4, 5, 8)
    composed = element_wise_sum(ref, text)
    assert cyclic_loss(ref, target, text, back, weight=0.0).item() == pytest.approx(
        bbc_loss(composed, target).item()
    )
    assert cyclic_loss(ref, target, text, back, weight=1.0).item() == pytest.approx(
        bbc_loss(element_wise_sum(composed, back), ref).item()
    )


def test_the_way_back_does_not_see_the_target_image():
    torch.manual_seed(0)
    ref, target, text, back = torch.randn(4, 5, 8)
    target.requires_grad_()
    cyclic_loss(ref, target, text, back, weight=1.0).backward()
    assert target.grad is not None
    assert not target.grad.any()


def test_a_masked_duplicate_is_no_negative():
    query = F.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), dim=-1)
    same = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    plain, masked = bbc_loss(query, query), bbc_loss(query, query, same_key=same)
    assert plain.item() == pytest.approx(2 / 3 * math.log(2), abs=1e-4)
    assert masked.item() == pytest.approx(0.0, abs=1e-4)
