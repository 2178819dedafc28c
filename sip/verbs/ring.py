"""Ring a device."""

from __future__ import annotations

from collections.abc import Mapping

from sip.ami import AmiClient, Originate
from sip.asterisk.generate import dialplan


async def ring(
    ami: AmiClient,
    device: str,
    leg_id: str,
    *,
    seconds: float,
    caller_id: str = "",
    variables: Mapping[str, str] | None = None,
    context: str = dialplan.AGENT,
    extension: str = "s",
) -> None:
    """Ring ``device`` (``PJSIP/6001``) for at most ``seconds``.

    The leg's Uniqueid is ``leg_id``. Answered, it goes to ``extension`` in ``context``,
    by default to where it reports itself and waits to be joined; unanswered, its
    ``Hangup`` event gives the cause.
    """
    await ami.originate(
        Originate(
            channel=device,
            channel_id=leg_id,
            context=context,
            extension=extension,
            answer_within=seconds,
            caller_id=caller_id,
            variables=dict(variables or {}),
        )
    )
