"""The picture that a query starts from, and which of the people in it is meant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autocompose.errors import ConfigError
from autocompose.schema import PoseImage
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_text
from autocompose.studio.server.uploads import person_in


@dataclass(frozen=True)
class ChosenReference:
    """What a query starts from.

    Args:
        path: of the picture.
        exclude: gallery ids that are no answer: the picture itself, where it is of the gallery.
        body: the picture with the joints of the person who is meant; None where they are to be
            looked up.
    """

    path: Path
    exclude: tuple[str, ...] = ()
    body: PoseImage | None = None


def read_reference(studio: Studio, payload: Page) -> ChosenReference:
    """The reference that a page names.

    Args:
        studio: the loaded studio.
        payload: ``image`` (a gallery id), or ``upload`` (a path) and ``person``, from 1.

    Raises:
        ConfigError: no picture is named, or there is no such person in it.
        AutoComPoseError: there is no such picture.
    """
    upload = read_text(payload, "upload")
    if upload:
        path = studio.uploaded(upload)
        return ChosenReference(path, body=person_in(studio, payload, path))
    image_id = read_text(payload, "image")
    if not image_id:
        raise ConfigError("Choose a reference picture first: click a thumbnail or upload your own.")
    return ChosenReference(studio.image(image_id).path, (image_id,))
