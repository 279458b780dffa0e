"""Every error this package raises on purpose.

Each message says what was wrong, the value, what is allowed and what to do.

    AutoComPoseError
    ├── ConfigError               a setting is unknown or out of range
    ├── DatasetError              a dataset folder or caption file is not in the official layout
    │   ├── CaptionFileError      a caption or split JSON, or a record in it, is malformed
    │   ├── MissingImageError     an image named in a caption or split file is not in images/
    │   └── UnsafePathError       a name points outside its folder
    ├── LockError                 another process writes the same folder or file
    ├── WriteError                a file cannot be written: no space or permission; an OSError too
    ├── ImageError                an image is unreadable, of zero size, or too large
    ├── TextError                 a text is empty
    │   └── AmbiguousSideError    left or right in a text cannot be told from another meaning
    ├── UnknownBodyPartError      a body part is outside the closed list
    ├── DescriptionError          a pair cannot be described (no joints, or nothing changes)
    ├── JointImportError          joints of another skeleton cannot be mapped to ours
    ├── EstimationError           no joints from a photo: nobody in it, or no model file
    ├── ModelError                a multimodal model gave no answer to one call
    │   ├── ModelUnavailableError   every call fails alike: key, model name, no image input, quota
    │   ├── ModelBusyError          overloaded or out of reach after every retry
    │   ├── ModelTimeoutError       no answer in time after every retry
    │   └── ModelRequestError       this one request was refused
    ├── AnswerError               a model's answer breaks the agreed form; it has a short reason
    ├── BudgetError               going on could cost more than allowed
    ├── CacheError                a file of stored answers cannot be used
    ├── BatchError                a batch cannot be sent, asked about, or collected
    ├── CheckpointError           a checkpoint cannot be read, or weights are missing
    │   └── FingerprintError      a gallery was embedded by another model
    ├── GalleryError              a gallery is empty, malformed, or lacks a named image
    ├── TrainingError             training cannot start or continue
    ├── ReviewError               a review cannot be read, imported or exported
    │   ├── StoreUnavailableError     the store cannot be opened or written; nothing was saved
    │   └── LoginError                a user is unknown, or may not do this
    ├── HubError                  the Hugging Face Hub refused a push, or cannot be reached
    └── MissingExtraError         an optional package is needed; the message names the extra
"""

from __future__ import annotations


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


class LockError(AutoComPoseError):
    """Another process writes the same folder or file, or it cannot be locked."""


class WriteError(AutoComPoseError, OSError):
    """A file cannot be written: no space, no permission, or a read-only disk.

    It is an OSError too, so that code that catches one for a message of its own still does.
    """

    @classmethod
    def of(cls, path: object, error: OSError) -> WriteError:
        """The error of a file that could not be written; one that is of this kind stays."""
        return (
            error
            if isinstance(error, cls)
            else cls(error.errno, error.strerror or str(error), str(path))
        )

    def __str__(self) -> str:
        """Which file, why, and what to do."""
        return (
            f"{self.filename} cannot be written ({self.strerror}); free some space, or choose a"
            " place that you may write"
        )


class ImageError(AutoComPoseError):
    """An image is unreadable, of zero size, or too large."""


class TextError(AutoComPoseError):
    """A text is empty."""


class AmbiguousSideError(TextError):
    """Left and right in a text cannot be exchanged with certainty.

    Args:
        reason: one line: which word, what it may mean, what to write instead.
        span: start and end of the word in the text, in characters.
    """

    def __init__(self, reason: str, span: tuple[int, int]) -> None:
        # Both stay in args, so that the error survives a trip between processes.
        super().__init__(reason, span)
        self.reason = reason
        self.span = span

    def __str__(self) -> str:
        """The reason, for a person."""
        return self.reason


class UnknownBodyPartError(AutoComPoseError):
    """A body part is outside the closed list of `autocompose.schema.BodyPart`."""


class DescriptionError(AutoComPoseError):
    """A pair cannot be described: no joints and no model, or nothing changes."""


class JointImportError(AutoComPoseError):
    """Joints of another skeleton cannot be mapped to ours: a joint, a unit or an axis is wrong."""


class EstimationError(AutoComPoseError):
    """No joints from a photo: nobody is found in it, or the model file is missing."""


class ModelError(AutoComPoseError):
    """A multimodal model gave no answer to one call, which was sent again ``retries`` times.

    ``input_tokens`` and ``output_tokens`` are what the server billed all the same.
    """

    retries: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def billed(self) -> bool:
        """Whether the server reported tokens although there is no answer."""
        return self.input_tokens + self.output_tokens > 0


class ModelUnavailableError(ModelError):
    """Every call would fail alike: a bad key, an unknown model, no image input, no quota."""


class ModelBusyError(ModelError):
    """The server was overloaded or out of reach after every retry."""


class ModelTimeoutError(ModelError):
    """No answer came in time after every retry."""


class ModelRequestError(ModelError):
    """The server refused this one request; another may pass."""


class AnswerError(AutoComPoseError):
    """A model's answer breaks the agreed form.

    Args:
        reason: short and countable, e.g. ``invalid JSON``.
        detail: what was wrong, in words that the model can act on.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class BudgetError(AutoComPoseError):
    """Going on could cost more than the allowed amount."""


class CacheError(AutoComPoseError):
    """A file of stored answers cannot be used."""


class BatchError(AutoComPoseError):
    """A batch cannot be sent, asked about, or collected."""


class CheckpointError(AutoComPoseError):
    """A checkpoint cannot be read, or weights are missing."""


class FingerprintError(CheckpointError):
    """A gallery was embedded by another model."""


class GalleryError(AutoComPoseError):
    """A gallery is empty, malformed, or lacks a named image."""


class TrainingError(AutoComPoseError):
    """Training cannot start or continue."""


class ReviewError(AutoComPoseError):
    """A review cannot be read, imported or exported."""


class StoreUnavailableError(ReviewError):
    """The review store cannot be opened or written: full, read-only, damaged or away."""


class LoginError(ReviewError):
    """A user is unknown, a password is wrong, or a role does not allow this."""


class HubError(AutoComPoseError):
    """The Hugging Face Hub refused a push, or cannot be reached."""


class MissingExtraError(AutoComPoseError):
    """An optional package is needed; the message names the extra that installs it."""


def one_line(said: object, limit: int | None = None) -> str:
    """An error, or the words of another program, as one printable line.

    >>> one_line(ValueError("first" + chr(10) + "  second"))
    'first second'
    >>> one_line("far too long", limit=8)
    'far t...'

    Args:
        said: an error or a text. An error of another package without words gives its class name.
        limit: characters at most; a longer line ends in ``...``. None keeps all of it.
    """
    text = str(said) if limit is None else str(said)[: 4 * limit]
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not line and isinstance(said, BaseException) and not isinstance(said, AutoComPoseError):
        line = type(said).__name__
    return line if limit is None or len(line) <= limit else line[: limit - 3] + "..."
