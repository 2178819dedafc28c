"""What can go wrong with models."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, NotFound, ParleyError, Unavailable


class ModelMissing(NotFound):
    """No such model is installed or offered."""

    code: ClassVar[str] = "model_missing"


class ModelDamaged(ParleyError):
    """A model's files are incomplete or not what they were when it was published."""

    code: ClassVar[str] = "model_damaged"


class NotAModel(BadInput):
    """A folder or archive does not hold a model of a kind that is known."""

    code: ClassVar[str] = "not_a_model"


class DownloadFailed(Unavailable):
    """The list of models or a model could not be fetched."""

    code: ClassVar[str] = "download_failed"
