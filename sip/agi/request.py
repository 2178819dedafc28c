"""The opening of a FastAGI session: ``agi_name: value`` lines up to an empty one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from sip.agi.environment import Environment
from sip.agi.errors import AgiBadRequest

MAX_LINE = 4096
MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """What Asterisk says about the channel. ``env`` has the names without ``agi_``."""

    env: dict[str, str]
    path: str
    query: dict[str, str]

    @property
    def arguments(self) -> list[str]:
        """What the dialplan gave after the secret: ``AGI(url,secret,first,second)``."""
        found: list[str] = []
        while (name := f"arg_{len(found) + 2}") in self.env:
            found.append(self.env[name])
        return found


async def read_request(reader: asyncio.StreamReader) -> AgiRequest:
    """Read the opening; raises :class:`AgiBadRequest` for an end before the empty
    line, and for what is too long or too much. How long it may take is the caller's."""
    env = Environment()
    try:
        for _ in range(MAX_LINES + 1):
            line = await reader.readline()
            if not line.endswith(b"\n"):
                raise AgiBadRequest("The connection ended before the empty line.")
            if len(line) > MAX_LINE:
                raise AgiBadRequest(f"A line has more than {MAX_LINE} bytes.")
            text = line.decode("utf-8", "replace").removesuffix("\n")
            if not text:
                return _request(env.values)
            env.add(text)
    except ValueError:  # StreamReader's own limit
        raise AgiBadRequest(f"A line has more than {MAX_LINE} bytes.") from None
    except OSError as error:
        raise AgiBadRequest(f"The connection broke: {error}.") from None
    raise AgiBadRequest(f"More than {MAX_LINES} lines.")


def _request(env: dict[str, str]) -> AgiRequest:
    # agi_network_script is the URL after the host: path?query
    path, _, query = env.get("network_script", "").partition("?")
    return AgiRequest(
        env,
        unquote(path).strip("/"),
        dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_LINES)),
    )
