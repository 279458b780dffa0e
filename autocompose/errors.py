"""Every error this package raises on purpose.

Each message says what was wrong, the value, what is allowed and what to do.

    AutoComPoseError
    ├── ConfigError               a setting is unknown or out of range
    ├── DatasetError              a dataset folder or caption file is not in the official layout
    │   ├── CaptionFileError      a caption or split JSON, or a record in it, is malformed
    │   ├── MissingImageError     an image named in a caption or split file is not in images/
    │   └── UnsafePathError       a name points outside its folder
    ├── ImageError                an image is unreadable, of zero size, or too large
    ├── TextError                 a text is empty
    ├── UnknownBodyPartError      a body part is outside the closed list
    ├── DescriptionError          a pair cannot be described (no joints, or nothing changes)
    ├── CheckpointError           a checkpoint cannot be read, or weights are missing
    │   └── FingerprintError      a gallery was embedded by another model
    ├── GalleryError              a gallery is empty, malformed, or lacks a named image
    ├── TrainingError             training cannot start or go on
    └── MissingExtraError         an optional package is needed; the message names the extra
"""


class AutoComPoseError(Exception):
    """Base of every error raised on purpose; the command line prints it as one line and exits 1."""


class ConfigError(AutoComPoseError):
    """A setting is unknown or out of range."""


class DatasetError(AutoComPoseError):
    """A dataset folder is not in the official layout."""


class CaptionFileError(DatasetError):
    """A caption or split JSON cannot be read, or a record in it is malformed."""


class MissingImageError(DatasetError):
    """An image named in a caption or split file is not in ``images/``."""


class UnsafePathError(DatasetError):
    """A name in a file or a form points outside the folder it is confined to."""


class ImageError(AutoComPoseError):
    """An image is unreadable, of zero size, or too large."""


class TextError(AutoComPoseError):
    """A text is empty."""


class UnknownBodyPartError(AutoComPoseError):
    """A body part is outside the closed list of `autocompose.schema.BodyPart`."""


class DescriptionError(AutoComPoseError):
    """A pair cannot be described: no joints and no model, or nothing changes."""


class CheckpointError(AutoComPoseError):
    """A checkpoint cannot be read, or weights are missing."""


class FingerprintError(CheckpointError):
    """A gallery was embedded by another model."""


class GalleryError(AutoComPoseError):
    """A gallery is empty, malformed, or lacks a named image."""


class TrainingError(AutoComPoseError):
    """Training cannot start or go on."""


class MissingExtraError(AutoComPoseError):
    """An optional package is needed; the message names the extra that installs it."""
