"""The FastAGI server: dialplan ``AGI(agi://host:port/route?key=value,secret)`` -> a coroutine.

    async def entrance(session: AgiSession) -> None:
        await verbs.answer(session)
        digit = await verbs.stream_file(session, "/path/welcome", escape_digits="12")
        await verbs.set_variable(session, "PARLEY_NEXT", "queue")

    server = AgiServer("127.0.0.1", 4573, {"entrance": entrance}, secret=secret)
    await server.start()

A session ends when its coroutine returns or raises, when Asterisk closes it, when a
command has no answer in time, or with the server; the dialplan then goes on. Nothing
that one connection says or leaves unsaid holds up another.

The dialplan should ``Set(AGIEXITONHANGUP=yes)`` before it comes here. Otherwise
Asterisk keeps a session whose caller has gone, and an ``EXEC`` that crosses with the
hang-up still runs: a ``Wait(60)`` then holds the dead channel for a minute.
"""

from sip.agi import verbs
from sip.agi.errors import AgiBadRequest, AgiBadValue, AgiError, AgiHangup, AgiTimeout
from sip.agi.protocol import AgiResult
from sip.agi.server import AgiServer, Route
from sip.agi.session import AgiSession

__all__ = [
    "AgiBadRequest",
    "AgiBadValue",
    "AgiError",
    "AgiHangup",
    "AgiResult",
    "AgiServer",
    "AgiSession",
    "AgiTimeout",
    "Route",
    "verbs",
]
