"""Messages that callers left: ``/api/contacts/{contact_id}/message``, for the agent whose
task it is."""

from __future__ import annotations

from typing import ClassVar

from aiohttp import web

from acd.records.queries import ContactHistory
from acd.router import Router
from app.calls.voicemail import MESSAGE
from app.http.recordings import sound_of
from app.http.routes import Call, Needs, Route
from app.recordings.files import RecordingFiles
from app.recordings.ledger import Ledger
from core.errors import NotFound


class NoMessage(NotFound):
    """The contact is no message."""

    code: ClassVar[str] = "no_message"


class MessagesApi:
    """The route of messages."""

    def __init__(
        self, router: Router, history: ContactHistory, ledger: Ledger, files: RecordingFiles
    ) -> None:
        self._router = router
        self._history = history
        self._ledger = ledger
        self._files = files

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/contacts/{contact_id}/message",
                needs=Needs.SHARED_CONTACT, handler=self._download,
                summary="The sound of the message that this task is", streams=True,
            )
        ]  # fmt: skip

    async def _download(self, call: Call) -> web.StreamResponse:
        contact = await self._router.contacts.get(call.part("contact_id"))
        recording_id = contact.attributes.get(MESSAGE)
        if not isinstance(recording_id, str):
            raise NoMessage("This contact is no message.", hint="See its medium and channel.")
        return await sound_of(self._history, self._ledger, self._files, recording_id, call)
