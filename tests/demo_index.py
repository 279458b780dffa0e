"""Write the index of the demo's test pictures that ships with ``checkpoints/pose-mini``.

    python -m tests.demo_index

Run it after the checkpoint or the demo's pictures have changed.
"""

from __future__ import annotations

from autocompose.data.dataset import open_dataset
from autocompose.model.checkpoint import load_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.shipped_index import save_shipped, shipped_index
from tests.browser.chromium import REPOSITORY

DEMO = REPOSITORY / "annotations" / "demo"
CHECKPOINT = REPOSITORY / "checkpoints" / "pose-mini"


def main() -> None:
    """Embed the pictures and write the file."""
    pictures = [image.path for image in open_dataset(DEMO).gallery("test")]
    gallery = embed_images(load_checkpoint(CHECKPOINT), pictures, root=DEMO / "images")
    save_shipped(gallery, shipped_index(CHECKPOINT, "demo", "test"), pictures)


if __name__ == "__main__":
    main()
