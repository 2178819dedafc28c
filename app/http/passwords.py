"""Whether a password is right: throttled, in threads, and as slow for unknown names.

The passwords themselves are in ``config.logins``.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from app.http.throttle import Throttle, Try
from config.logins import Logins
from config.password_hash import hashed, matches, needs_rehash
from config.secrets import SecretKeptElsewhere, Secrets
from core import metrics
from core.errors import Full, NotAuthenticated, ParleyError
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

_LOOK_SECONDS: Final = 3.0
_WAITING: Final = 16  # tries that wait for a thread; each takes 25 ms


class Passwords:
    """Checks the passwords of all who may sign in, after :meth:`load`.

    Two threads hash, one for those who are known where they ask from and one for
    strangers: an attack costs one thread and 19 MiB, and owners do not wait behind it.
    """

    def __init__(self, store: Secrets, throttle: Throttle) -> None:
        self._logins = Logins(store)
        self._throttle = throttle
        self._people: frozenset[str] = frozenset()
        self._stamps: dict[str, str] = {}
        self._tasks = TaskOwner("passwords")
        self._nobodys = ""
        self._known = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._strangers = ThreadPoolExecutor(1, thread_name_prefix="password-stranger")
        self._waiting = {self._known: 0, self._strangers: 0}

    async def load(self, logins: Iterable[str]) -> None:
        """Take ``logins`` as those who may sign in. What an older version kept as text is
        replaced by its hash meanwhile: of many people that takes seconds."""
        self._people = frozenset(logins)
        missing = await asyncio.to_thread(self._read)
        if missing:
            log.warning("http.people_without_password", count=missing, of=len(self._people))

        self._tasks.keep(self._follow, name="follow")

    def _read(self) -> int:
        self._nobodys = hashed(secrets.token_urlsafe(18))
        self._look()
        return len(self._people) - len(self._stamps)

    def _look(self) -> list[str]:
        """Note whose password is which now; the log-ins whose password is kept as text."""
        found = {login: self._logins.stamp_of(login) for login in self._people}
        self._stamps = {login: stamp for login, stamp in found.items() if stamp is not None}
        return [
            login for login, stamp in found.items() if stamp == "" and self._logins.is_text(login)
        ]

    async def _follow(self) -> None:
        """For ever: see when a password is changed, and keep none as text."""
        while True:
            try:
                for login in await asyncio.to_thread(self._look):
                    await asyncio.to_thread(self._logins.hash_of, login)
                    log.info("http.password_hashed", agent=login)
            except (ParleyError, OSError) as error:  # it is there again the next time
                log.warning("http.passwords_unreadable", error=type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    def stamp(self, login: str) -> str:
        """What changes with the password of ``login``: sessions of before end then."""
        return self._stamps.get(login, "")

    async def check(self, login: str, password: str, place: str, device: str = "") -> Try:
        """Return if the password is right; ``place`` is the asker's address, ``device``
        what their cookie says.

        Raises :class:`~core.errors.NotAuthenticated` (the same, after the same time, for an
        unknown log-in as for a wrong password),
        :class:`~app.http.errors.TooManyAttempts` or :class:`~core.errors.Full`.
        """
        one = await self._throttle.reserve(login, place, device)
        try:
            await asyncio.sleep(one.pause)
            right = await self._in_thread(one, password)
        except BaseException:
            with contextlib.suppress(ParleyError):  # then it counts until its window is over
                await asyncio.shield(self._throttle.not_tried(one))
            raise
        if not right:
            metrics.sign_ins_total.labels("wrong").inc()
            raise NotAuthenticated(
                "The log-in or the password is wrong.",
                hint="On the server, 'parley config password <log-in>' sets a new one.",
            )
        metrics.sign_ins_total.labels("right").inc()
        return one

    async def _in_thread(self, one: Try, password: str) -> bool:
        pool = self._known if one.is_known else self._strangers
        if self._waiting[pool] >= _WAITING:
            raise Full("Too many people sign in at this moment.", hint="Try again in a moment.")
        self._waiting[pool] += 1
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(pool, self._is_right, one.login, password)
        work.add_done_callback(lambda _: self._done(pool))
        return await work

    def _done(self, pool: ThreadPoolExecutor) -> None:
        self._waiting[pool] -= 1

    def _is_right(self, login: str, password: str) -> bool:
        stored = self._logins.hash_of(login) if login in self._people else None
        if not matches(stored or self._nobodys, password) or stored is None:
            return False
        if needs_rehash(stored):
            with contextlib.suppress(SecretKeptElsewhere):  # it is not ours to change
                self._logins.put_hash(login, hashed(password))
        self._stamps = {**self._stamps, login: self._logins.stamp_of(login) or ""}
        return True

    async def close(self) -> None:
        """Check nothing any more."""
        await self._tasks.close()
        self._known.shutdown(wait=False, cancel_futures=True)
        self._strangers.shutdown(wait=False, cancel_futures=True)
