import hashlib
import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from autocompose.data.preprocess import CLIP_MEAN, CLIP_STD, load_image, preprocess
from autocompose.errors import ConfigError, ImageError
from tests.model_fakes import PARITY

GOLDEN = PARITY / "transforms"
KINDS = {"squarepad": "squarepad", "square": "square", "targetpad1_25": "targetpad"}


def golden_images():
    return sorted(json.loads((GOLDEN / "meta.json").read_text())["images"].items())


@pytest.mark.parametrize(("name", "entry"), golden_images())
def test_every_transform_is_bit_exact_with_the_official_one(name, entry):
    image = load_image(GOLDEN / "images" / entry["file"], rgb=False)
    for key, expected in entry["outputs"].items():
        kind, size = key.split("/")
        result = preprocess(image, KINDS[kind], int(size))
        digest = hashlib.sha256(result.numpy().astype("<f4").tobytes()).hexdigest()
        assert digest == expected["sha256_f32_le_chw"], key


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def test_a_white_tall_picture_is_padded_with_black_left_and_right():
    result = preprocess(Image.new("RGB", (32, 64), "white"), "squarepad", 64)
    assert result.shape == (3, 64, 64)
    assert result.dtype == torch.float32
    black = -torch.tensor(CLIP_MEAN) / torch.tensor(CLIP_STD)
    white = (1 - torch.tensor(CLIP_MEAN)) / torch.tensor(CLIP_STD)
    torch.testing.assert_close(result[:, 32, 2], black)
    torch.testing.assert_close(result[:, 32, 32], white)


def test_flipping_an_evenly_padded_picture_before_or_after_is_the_same():
    noise = np.random.default_rng(0).integers(0, 256, (64, 32, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    before = preprocess(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), size=64)
    torch.testing.assert_close(before, preprocess(image, size=64).flip(-1), atol=1e-6, rtol=0)


def test_an_unknown_transform_names_the_known_ones():
    with pytest.raises(ConfigError, match="squarepad, targetpad, square"):
        preprocess(Image.new("RGB", (4, 4)), "roundpad")


@pytest.mark.parametrize("size", [(1, 20_000), (300_000, 1)])
@pytest.mark.parametrize("kind", ["squarepad", "targetpad", "square"])
def test_a_sliver_is_refused_before_it_fills_the_memory(size, kind):
    if kind != "squarepad" and size == (1, 20_000):
        size = (1, 100_000)
    with pytest.raises(ImageError, match="too long and thin"):
        preprocess(Image.new("L", size), kind)


def test_a_file_and_its_bytes_give_the_same_rgb_picture(tmp_path):
    content = png(Image.new("RGBA", (5, 3), (10, 20, 30, 128)))
    (tmp_path / "a.png").write_bytes(content)
    from_file, from_bytes = load_image(tmp_path / "a.png"), load_image(content)
    assert from_file.mode == from_bytes.mode == "RGB"
    assert from_file.tobytes() == from_bytes.tobytes()
    assert load_image(content, rgb=False).mode == "RGBA"


def test_exif_turns_are_ignored_unless_upright_is_asked_for(tmp_path):
    image = Image.new("RGB", (6, 4), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert load_image(tmp_path / "turned.jpg").size == (6, 4)
    assert load_image(tmp_path / "turned.jpg", upright=True).size == (4, 6)


def damaged(kind: str) -> bytes:
    whole = png(Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60, 3), np.uint8)))
    stream = io.BytesIO()
    Image.new("RGB", (500, 500)).save(stream, "JPEG")
    return {
        "cut png": whole[: len(whole) // 2],
        "cut jpeg": stream.getvalue()[:700],
        "flipped bytes": whole[:60] + bytes(b ^ 0xFF for b in whole[60:90]) + whole[90:],
        "text": b"this is not an image",
        "nothing": b"",
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        "header only": whole[:20],
    }[kind]


@pytest.mark.parametrize(
    "kind", ["cut png", "cut jpeg", "flipped bytes", "text", "nothing", "eps", "header only"]
)
def test_damaged_files_end_in_one_line_that_names_the_file(tmp_path, kind):
    path = tmp_path / "photo.png"
    path.write_bytes(damaged(kind))
    with pytest.raises(ImageError, match=r"photo\.png") as caught:
        load_image(path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_damaged_heic_file_ends_in_an_image_error():
    whole = (Path(__file__).parent / "data" / "upload.heic").read_bytes()
    assert load_image(whole).size == (96, 64)
    for end in range(12, len(whole), 7):
        with pytest.raises(ImageError):
            load_image(whole[:end])


def test_a_picture_with_too_many_pixels_is_refused_by_its_header():
    # A valid header of 60,000 x 60,000 pixels and no pixel data: only the header can be the reason.
    header = bytearray(png(Image.new("L", (1, 1))))
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    with pytest.raises(ImageError, match="pixels"):
        load_image(bytes(header))
    with pytest.raises(ImageError, match="101 x 100 = 10,100 pixels"):
        load_image(png(Image.new("L", (101, 100))), max_pixels=10_000)


def test_too_many_bytes_are_refused_without_reading_them(tmp_path):
    path = tmp_path / "big.png"
    with path.open("wb") as file:
        file.truncate(40 * 1024 * 1024)  # sparse
    with pytest.raises(ImageError, match=r"big\.png.*40\.0 MB.*25 MB"):
        load_image(path)
    with pytest.raises(ImageError, match="MB"):
        load_image(b"x" * 100, max_bytes=99)


def test_zero_size_missing_files_and_folders_are_image_errors(tmp_path):
    with pytest.raises(ImageError, match="no content"):
        preprocess(Image.new("RGB", (0, 5)))
    with pytest.raises(ImageError, match=r"gone\.png"):
        load_image(tmp_path / "gone.png")
    with pytest.raises(ImageError, match="not a file"):
        load_image(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in the file system")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="not a file"):
        load_image(tmp_path / "pipe.png")
