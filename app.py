"""Entry of the Space and of the local studio: read options, build the page, serve it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

# Gradio reads this when it is imported: nothing is to be sent or fetched anywhere at run time.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from gradio.utils import get_space, get_upload_folder

from autocompose.config import AnnotateConfig
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.describe.mllm.client import DEFAULT_BASE_URL, check_url
from autocompose.review.people.logins import Surroundings, choose_login
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.studio.engine import EngineSource, load_engine
from autocompose.studio.server.model_jobs import Annotator, ModelSetup
from autocompose.studio.server.state import LoadedEngine, OnEvent
from autocompose.workspace import (
    DEMO_CHECKPOINT,
    DEMO_DATASET,
    Workspace,
    find_workspace,
)

SPACE_OAUTH = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
"""What a Space with ``hf_oauth: true`` in README.md finds in its environment."""


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; defaults may come from the environment, which only this file reads."""
    parser = argparse.ArgumentParser(
        description="Open AutoComPose Studio in the browser.",
        epilog="example: python app.py --dataset annotations/demo --port 7860",
    )
    place = os.environ.get
    parser.add_argument("--dataset", type=Path, help="folder in the official layout (the demo)")
    parser.add_argument("--split", default="test", help="split that is shown (test)")
    parser.add_argument("--checkpoint", type=Path, help="folder of a checkpoint (pose-mini)")
    parser.add_argument("--gallery", type=Path, help="folder made by `autocompose index`")
    parser.add_argument("--gallery-images", type=Path, help="folder of that gallery's pictures")
    parser.add_argument("--cache", type=Path, help="folder for embedded galleries (.cache)")
    parser.add_argument(
        "--pose-model", type=Path, help="file that estimates the joints of uploads (in the cache)"
    )
    parser.add_argument("--host", default=place("GRADIO_SERVER_NAME", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(place("GRADIO_SERVER_PORT", "7860")))
    parser.add_argument(
        "--max-upload-mb", type=float, default=10.0, help="largest picture, MB (10)"
    )
    parser.add_argument(
        "--store",
        default=place("AUTOCOMPOSE_STORE", ""),
        help="review store, sqlite:///FILE or postgresql://... (annotations/studio.sqlite3)",
    )
    parser.add_argument(
        "--users", type=Path, help="file of reviewers, made by `autocompose review user`"
    )
    parser.add_argument(
        "--administrators",
        default=place("AUTOCOMPOSE_ADMINISTRATORS", place("SPACE_AUTHOR_NAME", "")),
        help="on a Space with sign-in: names on Hugging Face, with commas (the Space's owner)",
    )
    model = parser.add_argument_group(
        "multimodal model",
        "Lets visitors have pairs described by a model that you choose. Your key is read from"
        " OPENAI_API_KEY and never shown; with --own-key, visitors may use theirs.",
    )
    model.add_argument("--model", default=place("AUTOCOMPOSE_MODEL"), help="name at the endpoint")
    model.add_argument(
        "--base-url", default=place("OPENAI_BASE_URL", DEFAULT_BASE_URL), help="endpoint, with /v1"
    )
    model.add_argument("--own-key", action="store_true", help="let visitors use their own key")
    model.add_argument(
        "--calls-per-visit", type=int, default=120, help="on your key, for one visit (120)"
    )
    model.add_argument(
        "--calls-per-hour", type=int, default=600, help="on your key, for all visitors (600)"
    )
    return parser.parse_args(arguments)


def open_studio(options: argparse.Namespace) -> Studio:
    """The studio that the options ask for. Its model is not loaded yet; see `Studio.start`."""
    workspace = find_workspace(cache=options.cache)
    config = StudioConfig(
        dataset=options.dataset or workspace.annotations / DEMO_DATASET,
        uploads=Path(get_upload_folder()),
        split=options.split,
        max_upload_bytes=int(options.max_upload_mb * 2**20),
        extra_folders=(options.gallery_images,) if options.gallery_images else (),
        store=options.store or f"sqlite:///{workspace.annotations / 'studio.sqlite3'}",
        login=choose_login(_surroundings(options)),
    )

    def load(studio: Studio, on_event: OnEvent) -> LoadedEngine:
        return load_engine(_engine_source(options, workspace, studio), workspace, on_event)

    joints = PhotoJoints(workspace.models, options.pose_model)
    return Studio(config, load, annotator=_annotator(options), joints=joints)


def _surroundings(options: argparse.Namespace) -> Surroundings:
    return Surroundings(
        host=options.host,
        on_space=get_space() is not None,
        oauth=all(os.environ.get(name) for name in SPACE_OAUTH),
        users=options.users,
        administrators=tuple(filter(None, map(str.strip, options.administrators.split(",")))),
    )


def _annotator(options: argparse.Namespace) -> Annotator | None:
    if not options.model:
        return None
    setup = ModelSetup(
        AnnotateConfig(model=options.model),
        base_url=check_url(options.base_url),
        api_key=os.environ.get("OPENAI_API_KEY") or None,
        own_key=options.own_key,
        calls_per_visit=options.calls_per_visit,
        calls_per_hour=options.calls_per_hour,
    )
    return Annotator(setup)


def _engine_source(
    options: argparse.Namespace, workspace: Workspace, studio: Studio
) -> EngineSource:
    return EngineSource(
        checkpoint=options.checkpoint or workspace.checkpoints / DEMO_CHECKPOINT,
        dataset=studio.dataset_name,
        split=studio.split,
        images=tuple(image.path for image in studio.images),
        gallery=options.gallery,
        gallery_images=options.gallery_images or studio.config.dataset / "images",
        known=studio.images,
    )


def main(arguments: list[str] | None = None) -> None:
    """Open the page at once; the model loads behind it."""
    options = parse_options(arguments)
    studio = open_studio(options)
    built = build_studio(studio)
    studio.start()
    built.launch(server_name=options.host, server_port=options.port, share=False)


if __name__ == "__main__":
    main()
