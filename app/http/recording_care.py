"""The care of recordings: what is too old, and their keys; for supervisors."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from app.http.routes import Body, Call, Needs, Route
from app.recordings.rotation import Rotation
from app.recordings.sweep import Sweep


class SweepWanted(Body):
    """``dry_run``: only say what would be deleted."""

    dry_run: bool = False


class RotationWanted(Body):
    """``new``: begin with a new key (unless an earlier change is not through)."""

    new: bool = False


class SweptView(TypedDict):
    """How many were (or would be) deleted, and how many bytes that frees; ``failed``
    could not be, ``kept_back`` may not be yet; ``recordings`` are the first 500 ids."""

    dry_run: bool
    deleted: int
    failed: int
    kept_back: int
    bytes: int
    recordings: list[str]


class KeysView(TypedDict):
    """The ids of the recording ``keys``, the one in use (``current``), and how many
    ``recordings`` each opens."""

    encrypted: bool
    current: str | None
    keys: list[str]
    recordings: dict[str, int]
    unsealed: int


class RotationView(TypedDict):
    """A step: ``done`` were wrapped anew, ``left`` are to be; ask again until none is.
    ``failed``: how many could not be, by the code of the error."""

    current: str
    made: bool
    done: int
    left: int
    failed: dict[str, int]


class RecordingCareApi:
    """The routes of it."""

    def __init__(self, sweep: Sweep, rotation: Rotation) -> None:
        self._sweep = sweep
        self._rotation = rotation

    @property
    def routes(self) -> list[Route]:
        keys = "/api/recording-keys"
        return [
            Route(
                method="POST", path="/api/recordings/sweep", needs=Needs.SUPERVISOR,
                handler=self._swept, summary="Delete recordings that are too old",
                body=SweepWanted, returns=SweptView,
            ),
            Route(
                method="GET", path=keys, needs=Needs.SUPERVISOR, handler=self._keys,
                summary="Which keys recordings are sealed with", returns=KeysView,
            ),
            Route(
                method="POST", path=f"{keys}/rotate", needs=Needs.SUPERVISOR,
                handler=self._rotate, summary="Seal recordings with a new key, step by step",
                body=RotationWanted, returns=RotationView,
            ),
            Route(
                method="POST", path=f"{keys}/forget-old", needs=Needs.SUPERVISOR,
                handler=self._forget, summary="Keep only the key in use", returns=KeysView,
            ),
        ]  # fmt: skip

    async def _swept(self, call: Call) -> dict[str, Any]:
        swept = await self._sweep.run(dry_run=call.body_as(SweepWanted).dry_run)
        return swept.as_dict()

    async def _keys(self, _call: Call) -> dict[str, Any]:
        return await self._rotation.status()

    async def _rotate(self, call: Call) -> dict[str, Any]:
        return await self._rotation.step(new=call.body_as(RotationWanted).new)

    async def _forget(self, _call: Call) -> dict[str, Any]:
        return await self._rotation.forget_old()
