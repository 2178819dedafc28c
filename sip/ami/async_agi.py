"""Commands to a channel that runs ``AGI(agi:async)``.

FastAGI (``sip/agi``) is 40 times faster and what Parley's flows use; this is for a
channel that another dialplan has parked in AsyncAGI. The answer is the event
``AsyncAGIExec`` with our CommandID (the manager user's event filter must let it
through).
"""

from __future__ import annotations

import asyncio
import itertools
import re
from urllib.parse import unquote

from sip.ami.client import AmiClient
from sip.ami.errors import AmiDown, AmiRefused, AmiTimeout
from sip.ami.messages import AmiEvent

_numbers = itertools.count(1)
_RESULT = re.compile(r"(\d{3})[ -]")


async def async_agi(client: AmiClient, channel: str, command: str, *, timeout: float = 10.0) -> str:
    """Run ``command`` on ``channel``; the result line, such as ``200 result=1 (x)``.

    Raises :class:`AmiRefused` when Asterisk refuses it or the channel leaves AsyncAGI,
    :class:`AmiTimeout`, :class:`AmiDown`, or :class:`AmiBadValue`.
    """
    command_id = f"parley-{id(client):x}-{next(_numbers)}"
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def executed(event: AmiEvent) -> None:
        if event.get("CommandID") == command_id and not done.done():
            done.set_result(unquote(event.get("Result")).strip())

    def ended(event: AmiEvent) -> None:
        if event.get("Channel") == channel and not done.done():
            done.set_exception(AmiRefused("AGI", "the channel left AsyncAGI"))

    def lost(reason: str) -> None:
        if not done.done():
            done.set_exception(AmiDown(f"Asterisk was lost: {reason}.", sent=True))

    listeners = [
        client.on("AsyncAGIExec", executed),
        client.on(("AsyncAGIEnd", "Hangup"), ended),
        client.on_down(lost),
    ]
    try:
        async with asyncio.timeout(timeout):
            fields = {"Channel": channel, "Command": command, "CommandID": command_id}
            await client.action("AGI", fields)
            result = await done
    except TimeoutError:
        raise AmiTimeout(f"The channel did not run the command within {timeout:g} s.") from None
    finally:
        for remove in listeners:
            remove()
        if done.done() and not done.cancelled():
            done.exception()
    match = _RESULT.match(result)
    if match is None or match[1] != "200":
        raise AmiRefused("AGI", result or "no result")
    return result
