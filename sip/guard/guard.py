"""The guard of SIP passwords: counts failures, blocks addresses, and says so.

A failure counts in full when it came over TCP or TLS, or with the nonce of a challenge
that Asterisk sent to that address lately (see :mod:`sip.guard.challenges`). Any other may
have a forged source: these are counted apart, and block shortly (:mod:`sip.guard.blocks`).

Never blocked, however often they fail: this machine, trunks and carriers (by address or
host name), the networks
of ``sip.guard.never``, and any address from which a right password came within the
last week: a stranger behind the same router must not lock out the phones there. Such an
address is told of instead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar

from redis.exceptions import RedisError

from config.model import Settings
from core.clock import Clock, to_epoch
from core.errors import NotFound, ParleyError
from core.events import Event
from core.log import get_logger
from core.metrics import sip_auth_failures_total, sip_blocked_addresses, sip_blocks_total
from core.tasks import TaskOwner
from sip.ami import AmiClient, AmiEvent
from sip.guard.acl import AccessList
from sip.guard.addresses import carriers_by_name, never_blocked, of_contact, remote, within
from sip.guard.blocks import Blocks
from sip.guard.challenges import Challenges
from sip.guard.failures import Failures
from sip.guard.names import Names
from sip.guard.store import Block, GuardStore

log = get_logger(__name__)

FAILED, SUCCEEDED, SENT = "ChallengeResponseFailed", "SuccessfulAuth", "ChallengeSent"
_UNKNOWN = "<unknown>"  # how Asterisk calls an account that does not exist
_RIGHTFUL_SECONDS = 7 * 86_400.0
_PAUSE = 0.2  # between two reloads
_RETRY = 5.0

Tell = Callable[[Event], None]


class NotBlocked(NotFound):
    """The address is not blocked."""

    code: ClassVar[str] = "not_blocked"


class PasswordsGuessed(ParleyError):
    """Somebody guesses passwords and is not blocked."""

    code: ClassVar[str] = "sip_passwords_guessed"


class Guard:
    """Of one Asterisk, from :meth:`start` to :meth:`close`."""

    def __init__(
        self, settings: Settings, ami: AmiClient, access: AccessList, store: GuardStore,
        clock: Clock, tell: Tell,
    ) -> None:  # fmt: skip
        self._rules = settings.sip.guard
        self._never = never_blocked(settings)
        self._names = Names(carriers_by_name(settings))
        self._ami = ami
        self._access = access
        self._store = store
        self._clock = clock
        self._tell = tell
        self._failures = Failures(self._rules.failures, self._rules.within_seconds)
        # Failures that may have a forged source: they push no proven ones out.
        self._unproven = Failures(self._rules.failures, self._rules.within_seconds)
        self._challenges = Challenges()
        self._blocks = Blocks(self._rules)
        self._rightful: dict[str, float] = {}
        self._unsaved: dict[str, float] = {}
        self._saved: dict[str, Block] | None = None  # as it is in the store
        self._watched: dict[str, float] = {}  # address that is never blocked -> last told of
        self._attacked: set[str] = set()
        self._applied: tuple[str, ...] | None = None
        self._trouble: ParleyError | None = None
        self._undo: list[Callable[[], None]] = []
        self._changed = asyncio.Event()
        self._tasks = TaskOwner("sip-guard")

    async def start(self) -> None:
        """Begin; what was blocked before still is."""
        if not self._rules.enabled:
            return
        try:
            self._blocks.proven, self._rightful = await self._store.load()
        except (RedisError, OSError) as error:
            log.warning("sip_guard.forgotten", reason=type(error).__name__)
        self._undo = [
            self._ami.on(FAILED, self._failed),
            self._ami.on(SUCCEEDED, self._succeeded),
            self._ami.on(SENT, self._sent),
            self._ami.on_up(self._up),
        ]
        self._changed.set()
        self._tasks.keep(self._run, name="run")
        self._tasks.keep(self._look_up, name="names")

    async def close(self) -> None:
        """Stop; what is blocked stays blocked in Asterisk."""
        for undo in self._undo:
            undo()
        self._undo = []
        await self._tasks.close()

    @property
    def blocks(self) -> list[Block]:
        """What is blocked, the latest first."""
        return self._blocks.at(self._now())

    async def lift(self, address: str) -> None:
        """Let ``address`` in again; raises :class:`NotBlocked`."""
        if not self._blocks.lift(address):
            raise NotBlocked(
                f"The address {address} is not blocked.", hint="'parley blocked' lists them."
            )
        self._forget(address)
        self._changed.set()
        log.info("sip_guard.lifted", address=address)
        self._say("sip.address_unblocked", address=address)

    async def check(self) -> None:
        """For health: raises what keeps us from blocking, or that it does not help."""
        if self._trouble is not None:
            raise self._trouble
        now = time.monotonic()
        kinds = (self._failures, self._unproven)
        if accounts := {name for kind in kinds for name in kind.accounts_under_attack(now)}:
            raise PasswordsGuessed(
                f"Passwords of {', '.join(sorted(accounts)[:5])} are guessed from many addresses.",
                hint="Addresses are blocked after a few tries; 'parley blocked' lists them. "
                "Let only known networks reach the SIP port.",
            )
        recent = [a for a, at in self._watched.items() if now - at <= self._rules.within_seconds]
        if recent:
            raise PasswordsGuessed(
                f"Passwords are guessed from {recent[0]}, which is not blocked because trunks "
                "or phones of ours are there.",
                hint="A phone there has a wrong password, or somebody there guesses: look "
                "for it in that network.",
            )

    # --- what Asterisk reports --------------------------------------------------

    def _failed(self, event: AmiEvent) -> None:
        address = remote(event.get("RemoteAddress"))
        if address is None:
            return
        name = event.get("AccountID")
        account = None if name == _UNKNOWN else name
        sip_auth_failures_total.labels("unknown" if account is None else "known").inc()
        now = time.monotonic()
        proven = self._challenges.proven(address, event, now)
        if self._blocks.has(address, proven=proven):
            return  # said before the block was in force
        failures = self._failures if proven else self._unproven
        too_often = failures.add(address, account, now)
        self._look_at(account, now)
        if not too_often:
            return
        if self._spared(address):
            self._watch(address, now, failures.accounts_of(address))
        else:
            self._block(address, failures, proven=proven)

    def _sent(self, event: AmiEvent) -> None:
        if (address := remote(event.get("RemoteAddress"))) is not None:
            self._challenges.note(address, event, time.monotonic())

    def _forget(self, address: str) -> None:
        self._failures.forget(address)
        self._unproven.forget(address)

    def _succeeded(self, event: AmiEvent) -> None:
        address = remote(event.get("RemoteAddress"))
        if address is not None and event.get("Service") == "PJSIP":
            self._forget(address)
            self._trust(address)

    def _trust(self, address: str) -> None:
        now = self._now()
        if now - self._rightful.get(address, 0) > 60:
            self._rightful[address] = self._unsaved[address] = now
            self._changed.set()

    async def _up(self) -> None:
        """Asterisk may have been started anew; phones may have registered unheard."""
        self._applied = None
        self._changed.set()
        for contact in await self._ami.query("PJSIPShowContacts"):
            if (address := of_contact(contact.get("Uri"))) is not None:
                self._trust(address)

    # --- what is made of it -------------------------------------------------------

    def _spared(self, address: str) -> bool:
        rightful = self._now() - self._rightful.get(address, 0) <= _RIGHTFUL_SECONDS
        return rightful or within(address, (*self._never, *self._names.networks))

    def _block(self, address: str, failures: Failures, *, proven: bool) -> None:
        count = failures.count(address, time.monotonic())
        accounts = failures.accounts_of(address)
        block = self._blocks.add(address, self._now(), count, accounts, proven=proven)
        seconds = block.until - block.since
        failures.forget(address)
        self._changed.set()
        sip_blocks_total.inc()
        log.warning(
            "sip_guard.blocked", address=address, failures=block.failures, seconds=seconds,
            accounts=block.accounts, proven=proven,
        )  # fmt: skip
        self._say(
            "sip.address_blocked", address=address, failures=block.failures,
            seconds=seconds, accounts=list(block.accounts), proven=proven,
        )  # fmt: skip

    def _watch(self, address: str, now: float, accounts: tuple[str, ...]) -> None:
        last = self._watched.get(address)
        self._watched[address] = now
        if last is None or now - last > self._rules.within_seconds:
            log.warning("sip_guard.not_blocked", address=address, accounts=accounts)
            self._say("sip.passwords_guessed", address=address, accounts=list(accounts))

    def _look_at(self, account: str | None, now: float) -> None:
        kinds = (self._failures, self._unproven)
        if account is None or not any(kind.attacked(account, now) for kind in kinds):
            self._attacked.discard(account or "")
        elif account not in self._attacked:
            self._attacked.add(account)
            log.warning("sip_guard.account_attacked", account=account)
            self._say("sip.account_attacked", account=account)

    def _say(self, type_: str, **data: object) -> None:
        self._tell(Event(type=type_, at=self._clock.now(), data=data))

    # --- making it so -------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wait()
            self._changed.clear()
            self._expire()
            try:
                if self._ami.is_up:
                    await self._apply()
                    self._trouble = None
            except ParleyError as error:
                if self._trouble is None and self._ami.is_up:
                    log.error("sip_guard.cannot_block", code=error.code, reason=str(error))
                    self._trouble = error
                loop.call_later(_RETRY, self._changed.set)
            except Exception as error:
                log.error("sip_guard.failed", exc_info=error)
                loop.call_later(_RETRY, self._changed.set)
            await asyncio.sleep(_PAUSE)

    async def _look_up(self) -> None:
        while True:
            pause = await self._names.refresh()
            networks = self._names.networks
            for address in self._blocks.addresses():
                if within(address, networks):  # blocked while its name was not known
                    await self.lift(address)
            await asyncio.sleep(pause)

    def _expire(self) -> None:
        now = self._now()
        self._blocks.expire(now)
        for address in [a for a, at in self._rightful.items() if now - at > _RIGHTFUL_SECONDS]:
            del self._rightful[address]
        told = time.monotonic() - self._rules.within_seconds
        self._watched = {a: at for a, at in self._watched.items() if at > told}
        sip_blocked_addresses.set(len(self._blocks))

    async def _apply(self) -> None:
        await self._save()  # first: a kill between the two must not lift a block
        wanted = tuple(sorted(self._blocks.addresses()))
        if wanted != self._applied:
            await self._access.apply(wanted)
            self._applied = wanted

    async def _save(self) -> None:
        blocks, rightful = dict(self._blocks.proven), dict(self._unsaved)
        if blocks == self._saved and not rightful:
            return
        try:
            await self._store.save(blocks, rightful)
            self._saved = blocks
            self._unsaved = {a: at for a, at in self._unsaved.items() if rightful.get(a) != at}
        except (RedisError, OSError) as error:  # remembered with the next change
            log.warning("sip_guard.not_saved", reason=type(error).__name__)

    async def _wait(self) -> None:
        """Until something changed, or the next block is over."""
        end = self._blocks.next_end()
        seconds = max(end - self._now(), 0.0) if end is not None else None
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _now(self) -> float:
        return to_epoch(self._clock.now())
