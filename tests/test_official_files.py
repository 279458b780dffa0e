"""Official checkpoints in and out: same features, no rounding, nothing in a file is ever run."""

import gzip
import io
import json
import pickle
import shutil
import zipfile

import numpy as np
import pytest
import torch

from autocompose.errors import CheckpointError, ConfigError
from autocompose.model.checkpoint import (
    load_checkpoint,
    load_official_clip,
    load_official_combiner,
    load_official_model,
    read_checkpoint_info,
    save_checkpoint,
)
from autocompose.model.losses import cyclic_loss
from autocompose.model.official import clip_architecture, save_official
from autocompose.model.towers import open_clip, published_name
from autocompose.model.weight_files import read_weights
from tests.model_fakes import (
    FEATURE_DIM,
    PARITY,
    scripted,
    tiny_architecture,
    tiny_model,
    tiny_towers,
)

CLIP = PARITY / "clip"
KINDS = ("rn", "vit")


def clip_file(kind: str):
    (file,) = CLIP.glob(f"{kind}_tuned_clip_*.pt.gz")
    return file


@pytest.fixture(scope="module")
def golden():
    stored = np.load(CLIP / "io.npz")
    return {name: torch.from_numpy(np.array(stored[name])) for name in stored.files}


def gradient(parameters, name: str, token_ids: torch.Tensor) -> torch.Tensor:
    """As the golden vectors name them; of the token table only the rows that were used."""
    if name == "token_embedding_used_rows":
        return parameters["token_embedding.weight"].grad[token_ids.long()]
    return parameters[name].grad


def openai_towers(seed: int = 0):
    """Tiny towers whose sizes openai/CLIP's own rule infers: heads = width / 64."""
    text = {**tiny_architecture()["text_cfg"], "width": 64, "heads": 1}
    return tiny_towers(seed, text_cfg=text, quick_gelu=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fine_tuned_clip_gives_the_official_features(kind, golden):
    towers = load_official_clip(clip_file(kind))
    with torch.inference_mode():
        images = towers.encode_image(golden[f"{kind}/images"])
        texts = towers.encode_text(golden["tokens"].long())
        whole = towers.encode_text(golden["tokens"].long(), crop=False)
    atol = 3e-4 if kind == "rn" else 1e-4
    torch.testing.assert_close(images, golden[f"{kind}/image_features"], atol=atol, rtol=0)
    torch.testing.assert_close(texts, golden[f"{kind}/text_features"], atol=1e-4, rtol=0)
    torch.testing.assert_close(whole, golden[f"{kind}/text_features"], atol=1e-4, rtol=0)
    logits = 100 * torch.nn.functional.normalize(images, dim=-1)
    logits = logits @ torch.nn.functional.normalize(texts, dim=-1).T
    scale = towers.clip.logit_scale.exp().item() / 100  # pyright: ignore
    torch.testing.assert_close(
        logits * scale, golden[f"{kind}/logits_per_image"], atol=1e-2, rtol=0
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_weight_of_an_official_file_is_rounded(kind):
    towers = load_official_clip(clip_file(kind))
    with gzip.open(clip_file(kind)) as file:
        saved = torch.load(file, map_location="cpu", weights_only=True)["CLIP"]
    state = towers.clip.state_dict()
    assert state.keys() == saved.keys()
    assert all(torch.equal(state[name], saved[name]) for name in saved)
    # The stored weights would not survive float16: the test can fail.
    assert any(not torch.equal(t.half().float(), t) for t in saved.values() if t.dim() > 1)
    meta = json.loads((CLIP / "meta.json").read_text())["checkpoints"][kind]["config"]
    built = towers.architecture
    assert built["embed_dim"] == meta["embed_dim"]
    assert built["vision_cfg"]["image_size"] == meta["image_resolution"] == towers.image_size
    assert built["vision_cfg"]["layers"] == meta["vision_layers"]
    assert built["vision_cfg"]["width"] == meta["vision_width"]
    assert built["text_cfg"]["heads"] == meta["transformer_heads"]
    assert built["text_cfg"]["layers"] == meta["transformer_layers"]


@pytest.mark.parametrize("kind", KINDS)
def test_clip_and_combiner_files_compose_as_the_official_test_script_does(kind, golden):
    model = load_official_model(clip_file(kind), CLIP / f"{kind}_combiner_99.pt")
    with torch.inference_mode():
        images = model.towers.encode_image(golden[f"{kind}/images"])
        texts = model.towers.encode_text(golden["tokens"].long())[: len(images)]
        composed = model.compose(images, texts)
    expected = golden[f"{kind}/combined_image_i_text_i"]
    torch.testing.assert_close(composed, expected, atol=3e-4, rtol=0)
    assert not model.training


@pytest.mark.parametrize("kind", KINDS)
def test_three_steps_of_stage_one_end_where_the_official_code_does(kind):
    stored = np.load(CLIP / "stage1_steps.npz")
    golden = {
        name[len(kind) + 1 :]: torch.from_numpy(np.array(stored[name]))
        for name in stored.files
        if name.startswith(f"{kind}/")
    }
    towers = load_official_clip(clip_file(kind))
    parameters = list(towers.text_parameters())
    optimiser = torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.999), eps=1e-7)
    with torch.no_grad():
        reference = towers.encode_image(golden["ref_images"])
        target = towers.encode_image(golden["target_images"])
    names = dict(towers.clip.named_parameters())
    losses = []
    for step in range(4):
        text, back = (towers.encode_text(golden[n].long()) for n in ("tokens", "tokens_reverse"))
        loss = cyclic_loss(reference, target, text, back, weight=0.5)
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            for name, wanted in golden.items():
                if name.startswith("grad_step0/"):
                    found = gradient(names, name.split("/", 1)[1], golden["used_token_ids"])
                    assert (found - wanted).abs().max() <= 1e-3 * wanted.abs().max(), name
        if step < 3:
            optimiser.step()
        if step == 2:
            for name, wanted in golden.items():
                if name.startswith("after3/"):
                    # Adam divides by the gradient's size: what has almost none moves by rounding.
                    known = golden[name.replace("after3", "grad_step0")].abs()
                    moved = (names[name.split("/", 1)[1]] - wanted).abs()
                    assert moved[known > 1e-4 * known.max()].max() <= 2e-5, name
    assert losses == pytest.approx(golden["losses"].tolist(), rel=1e-3)


def openai_state(towers, dtype=torch.float32):
    """As openai/CLIP publishes it: weights in float16, and three numbers among them."""
    state = {n: t.to(dtype) if t.is_floating_point() else t for n, t in
             towers.clip.state_dict().items()}  # fmt: skip
    numbers = {"input_resolution": 32, "context_length": 77, "vocab_size": 49408}
    return {**state, **{name: torch.tensor(value) for name, value in numbers.items()}}


@pytest.mark.parametrize("how", ["state dict", "compressed", "DDP", "TorchScript", "safetensors"])
def test_openai_weights_load_from_every_kind_of_file(tmp_path, how):
    towers = openai_towers()
    state = openai_state(towers, torch.float16)
    path = tmp_path / "model.pt"
    if how == "TorchScript":
        scripted(state, path)
    elif how == "safetensors":
        from safetensors.torch import save_file

        path = tmp_path / "model.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
    elif how == "DDP":
        torch.save({"CLIP": {f"module.{name}": t for name, t in state.items()}}, path)
    else:
        torch.save(state, path)
        if how == "compressed":
            path = tmp_path / "model.pt.gz"
            path.write_bytes(gzip.compress((tmp_path / "model.pt").read_bytes()))
    loaded = load_official_clip(path)
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    for name, tensor in loaded.clip.state_dict().items():
        wanted = state[name].float() if state[name].is_floating_point() else state[name]
        assert torch.equal(tensor, wanted), name
    assert not loaded.training


@pytest.mark.slow
@pytest.mark.parametrize("name", ["RN50", "RN101", "ViT-B-32", "ViT-B-16", "RN50x4", "ViT-L-14"])
def test_a_published_model_is_known_by_its_shapes(name):
    config = open_clip.get_model_config(name)
    with torch.device("meta"):
        state = open_clip.CLIP(**config, quick_gelu=True).state_dict()
    assert published_name(clip_architecture(state)) == name


class Evil:
    def __reduce__(self):
        return (print, ("ran",))


def test_nothing_in_a_file_is_run(tmp_path, capsys):
    with (tmp_path / "evil.pt").open("wb") as file:
        torch.save({"CLIP": Evil()}, file)
    (tmp_path / "raw.pt").write_bytes(pickle.dumps({"CLIP": Evil()}, 2))
    scripted({"visual.conv1.weight": torch.zeros(1)}, tmp_path / "good.pt")
    with (
        zipfile.ZipFile(tmp_path / "good.pt") as good,
        zipfile.ZipFile(tmp_path / "jit.pt", "w") as bad,
    ):
        for entry in good.infolist():
            poisoned = entry.filename.endswith("/data.pkl")
            bad.writestr(entry, pickle.dumps(Evil(), 2) if poisoned else good.read(entry))
    for name in ("evil.pt", "raw.pt", "jit.pt"):
        with pytest.raises(CheckpointError, match=name) as caught:
            load_official_clip(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert "weights_only=False" not in str(caught.value)
    assert "ran" not in capsys.readouterr().out


def test_a_file_of_another_kind_is_named_with_what_it_holds(tmp_path):
    model = tiny_model()
    torch.save({"epoch": 9, "Combiner": model.combiner.state_dict()}, tmp_path / "combiner.pt")
    torch.save({"epoch": 9, "CLIP": openai_state(openai_towers())}, tmp_path / "clip.pt")
    torch.save([1], tmp_path / "list.pt")
    torch.save({"Combiner": {"a": torch.zeros(1)}}, tmp_path / "odd.pt")
    (tmp_path / "text.pt").write_text("hello")
    (tmp_path / "cut.pt").write_bytes((tmp_path / "clip.pt").read_bytes()[:2000])
    (tmp_path / "cut.pt.gz").write_bytes(gzip.compress(b"x" * 5000)[:20])
    with pytest.raises(CheckpointError, match=r'combiner\.pt.*epoch, Combiner.*key "CLIP"'):
        load_official_clip(tmp_path / "combiner.pt")
    with pytest.raises(CheckpointError, match=r'clip\.pt.*epoch, CLIP.*key "Combiner"'):
        load_official_combiner(tmp_path / "clip.pt")
    for name in ("list.pt", "odd.pt", "text.pt", "cut.pt", "cut.pt.gz", "gone.pt"):
        for load in (load_official_clip, load_official_combiner):
            with pytest.raises(CheckpointError, match=name) as caught:
                load(tmp_path / name)
            assert "\n" not in str(caught.value)


def test_a_file_without_some_weights_is_not_a_whole_model(tmp_path):
    state = openai_state(openai_towers())
    del state["visual.attnpool.c_proj.weight"]
    torch.save(state, tmp_path / "clip.pt")
    with pytest.raises(CheckpointError, match=r"no whole CLIP model.*c_proj"):
        load_official_clip(tmp_path / "clip.pt")


def test_towers_and_combiner_of_different_lengths_are_refused(tmp_path):
    from autocompose.model.combiner import Combiner

    torch.save({"CLIP": openai_state(openai_towers())}, tmp_path / "clip.pt")
    torch.save({"Combiner": Combiner(8, 4, 6).state_dict()}, tmp_path / "combiner.pt")
    with pytest.raises(CheckpointError, match=f"length 8, the towers.*give {FEATURE_DIM}"):
        load_official_model(tmp_path / "clip.pt", tmp_path / "combiner.pt")
    with pytest.raises(ConfigError, match="squarepad, targetpad, square"):
        load_official_model(tmp_path / "clip.pt", transform="stretch")


@pytest.fixture
def official(tmp_path):
    """A tiny model in official files."""
    from autocompose.model.combiner import Combiner

    torch.manual_seed(4)
    torch.save({"epoch": 49, "CLIP": openai_towers(4).clip.state_dict()}, tmp_path / "c.pt")
    torch.save({"epoch": 99, "Combiner": Combiner(FEATURE_DIM, 8, 12).state_dict()},
               tmp_path / "m.pt")  # fmt: skip
    return tmp_path / "c.pt", tmp_path / "m.pt"


def test_what_is_read_is_written_as_the_official_code_writes_it(official, tmp_path):
    model = load_official_model(*official)
    written = save_official(model, tmp_path / "out", epochs=(50, 100))
    assert [path.name for path in written] == ["tuned_clip_49.pt", "combiner_99.pt"]
    for path, source, key in zip(written, official, ("CLIP", "Combiner"), strict=True):
        ours = torch.load(path, map_location="cpu", weights_only=True)
        theirs = torch.load(source, map_location="cpu", weights_only=True)
        assert list(ours) == ["epoch", key]
        assert ours["epoch"] == theirs["epoch"]
        assert ours[key].keys() == theirs[key].keys()
        assert all(torch.equal(ours[key][n], t) for n, t in theirs[key].items())
        assert all(ours[key][n].dtype == t.dtype for n, t in theirs[key].items())
    only = save_official(load_official_model(official[0]), tmp_path / "sum")
    assert [path.name for path in only] == ["tuned_clip_0.pt"]


def test_only_clip_towers_go_out_as_official_files(tmp_path):
    with pytest.raises(CheckpointError, match="RN\\* and ViT\\*"):
        save_official(tiny_model(), tmp_path)  # GELU and narrow heads: not what theirs would build
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_checkpoint_of_official_files_keeps_their_float32(official, tmp_path):
    model = load_official_model(*official, transform="targetpad")
    fingerprint = save_checkpoint(tmp_path / "ours", model, train=None, metrics={}, card="")
    loaded = load_checkpoint(tmp_path / "ours")
    assert loaded.fingerprint == fingerprint == model.fingerprint
    assert loaded.config.transform == "targetpad"
    assert (loaded.precision, tiny_model().precision) == ("float32", "float16")
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name
    back = save_official(loaded, tmp_path / "back")
    assert torch.equal(
        read_weights(back[0])["CLIP"]["text_projection"],
        read_weights(official[0])["CLIP"]["text_projection"],
    )
    # A changed byte is found in float32 as in float16.
    weights = tmp_path / "ours" / "text_tower.safetensors"
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckpointError, match="not those"):
        load_checkpoint(tmp_path / "ours")


def test_the_command_line_converts_official_files_and_back(official, tmp_path):
    from autocompose.cli import main

    def run(*args: object) -> int:
        with pytest.raises(SystemExit) as left:
            main(["convert", *map(str, args)])
        return left.value.code

    ours = tmp_path / "ours"
    assert run("--clip", official[0], "--combiner", official[1], "--out", ours) == 0
    assert "c.pt and m.pt" in read_checkpoint_info(ours).card
    assert run("--checkpoint", ours, "--out", tmp_path / "back") == 0
    for name, source, key in (
        ("tuned_clip_0.pt", official[0], "CLIP"),
        ("combiner_0.pt", official[1], "Combiner"),
    ):
        back, given = read_weights(tmp_path / "back" / name)[key], read_weights(source)[key]
        assert all(torch.equal(back[n], t) for n, t in given.items())


@pytest.mark.parametrize("kind", KINDS)
def test_an_exported_file_loads_by_the_recipe_of_the_golden_vectors(kind, golden, tmp_path):
    shutil.copy(clip_file(kind), tmp_path / "clip.pt.gz")
    (file,) = save_official(load_official_model(tmp_path / "clip.pt.gz"), tmp_path / "out")
    given = json.loads((CLIP / "meta.json").read_text())["checkpoints"][kind]["config"]
    vision = {
        "image_size": given["image_resolution"],
        "layers": given["vision_layers"],
        "width": given["vision_width"],
        "head_width": 64,
    }
    if given["vision_patch_size"]:
        vision["patch_size"] = given["vision_patch_size"]
    text = {key: given[f"transformer_{key}"] for key in ("width", "heads", "layers")}
    model = open_clip.CLIP(given["embed_dim"], vision, text, quick_gelu=True).eval()
    saved = torch.load(io.BytesIO(file.read_bytes()), map_location="cpu", weights_only=True)
    model.load_state_dict(saved["CLIP"], strict=True)
    with torch.inference_mode():
        texts = model.encode_text(golden["tokens"].long())
    torch.testing.assert_close(texts, golden[f"{kind}/text_features"], atol=1e-4, rtol=0)
