"""What may be chosen: not-ready reasons and dispositions (``/api/codes``), and what
a page may know before anybody signed in (``/api/welcome``)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from typing_extensions import TypedDict

from app.http.routes import Body, Call, Needs, Route
from config.codes import DO_NOT_DISTURB, RESERVED_REASONS
from config.model import Settings
from core.errors import BadInput


class UnknownReason(BadInput):
    """No such not-ready reason, or one that only the platform gives."""

    code: ClassVar[str] = "unknown_reason"


class UnknownDisposition(BadInput):
    """No such disposition, or not for this queue."""

    code: ClassVar[str] = "unknown_disposition"


class Disposition(Body):
    """``code`` is one of ``GET /api/codes``."""

    code: str = Field(min_length=1, max_length=40)
    note: str = Field(default="", max_length=2000)


class CodeView(TypedDict):
    """A code and its label per language; ``queues`` limits a disposition."""

    code: str
    label: dict[str, str]
    queues: list[str]


class CodesView(TypedDict):
    """Everything that may be chosen."""

    not_ready_reasons: list[CodeView]
    dispositions: list[CodeView]


class Welcome(TypedDict):
    """The company's name and the languages its pages speak."""

    company: dict[str, str]
    languages: list[str]


class Codes:
    """Routes and checks of codes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/codes", needs=Needs.SIGNED_IN, handler=self._list,
                summary="Not-ready reasons and dispositions", returns=CodesView,
            ),
            Route(
                method="GET", path="/api/welcome", needs=Needs.NOBODY, handler=self._welcome,
                summary="Whose installation this is", returns=Welcome,
            ),
        ]  # fmt: skip

    def require_reason(self, reason: str) -> str:
        """``reason`` if a person may choose it; raises :class:`UnknownReason`."""
        if reason == DO_NOT_DISTURB:
            return reason
        if reason not in self._settings.not_ready_reasons or reason in RESERVED_REASONS:
            allowed = ", ".join(self._settings.not_ready_reasons)
            raise UnknownReason("There is no such reason.", hint=f"There are: {allowed}.")
        return reason

    def require_disposition(self, code: str, queue: str | None) -> str:
        """``code`` if it is offered for ``queue``; raises :class:`UnknownDisposition`."""
        known = self._settings.dispositions
        allowed = [c for c, d in known.items() if not d.queues or queue in d.queues]
        if code not in allowed:
            raise UnknownDisposition(
                "There is no such disposition for this contact.",
                hint=f"There are: {', '.join(allowed)}.",
            )
        return code

    async def _list(self, _call: Call) -> CodesView:
        return {
            "not_ready_reasons": [
                {"code": code, "label": dict(reason.label.root), "queues": []}
                for code, reason in self._settings.not_ready_reasons.items()
            ],
            "dispositions": [
                {"code": code, "label": dict(one.label.root), "queues": list(one.queues)}
                for code, one in self._settings.dispositions.items()
            ],
        }

    async def _welcome(self, _call: Call) -> Welcome:
        company = self._settings.company
        return {"company": dict(company.name.root), "languages": list(company.languages)}
