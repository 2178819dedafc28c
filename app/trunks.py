"""What the installation tells of its trunks: health, and events for whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from app.http.health import Check
from core.clock import Clock
from core.errors import Unavailable
from core.events import Event
from sip.trunks import Reach, Registration, TrunkState, TrunkStates

_HINTS: Final = {
    Registration.REJECTED: "Compare 'username', 'realm' and the secret with what the carrier "
    "gave you; it is tried again all the time.",
    Registration.UNANSWERED: "Are 'host' and 'port' of the carrier right, and lets the "
    "firewall SIP through? It is tried again all the time.",
}


class TrunkFailing(Unavailable):
    """Calls through this trunk will not work."""

    code: ClassVar[str] = "trunk_failing"


class TrunkRejected(TrunkFailing):
    """The carrier refuses our registration."""

    code: ClassVar[str] = "trunk_registration_rejected"


class TrunkUnanswered(TrunkFailing):
    """The carrier does not answer our registration."""

    code: ClassVar[str] = "trunk_registration_unanswered"


class TrunkUnreachable(TrunkFailing):
    """The carrier does not answer OPTIONS."""

    code: ClassVar[str] = "trunk_unreachable"


class TrunkUnknown(TrunkFailing):
    """Nothing is known of the trunk."""

    code: ClassVar[str] = "trunk_unknown"


def trunk_checks(states: TrunkStates) -> dict[str, Check]:
    """A part of health for each trunk that registers or is qualified: ``trunk:<name>``."""

    def check_of(name: str) -> Check:
        async def check() -> None:
            if (error := _error(states[name])) is not None:
                raise error

        return check

    return {f"trunk:{name}": check_of(name) for name in states.watched}


def _error(state: TrunkState) -> TrunkFailing | None:
    hint = _HINTS.get(state.registration, "")
    if state.registration is Registration.REJECTED:
        return TrunkRejected(
            f"The carrier of {state.name} refuses our registration: it sends us no calls.",
            hint=hint, trunk=state.name,
        )  # fmt: skip
    if state.registration is Registration.UNANSWERED:
        return TrunkUnanswered(
            f"The carrier of {state.name} does not answer our registration.",
            hint=hint, trunk=state.name,
        )  # fmt: skip
    if state.reach is Reach.UNREACHABLE:
        return TrunkUnreachable(
            f"The carrier of {state.name} does not answer (SIP OPTIONS).",
            hint="Is it up, and lets the firewall SIP through? 'qualify_seconds: 0' of the "
            "carrier if it never answers OPTIONS.",
            trunk=state.name,
        )  # fmt: skip
    if Registration.UNKNOWN is state.registration or Reach.UNKNOWN is state.reach:
        return TrunkUnknown(
            f"Nothing is known of {state.name} yet.",
            hint="Asterisk is asked every few seconds; is it well?", trunk=state.name,
        )  # fmt: skip
    return None


def tell_changes(
    states: TrunkStates, publish: Callable[[Event], None], clock: Clock
) -> Callable[[TrunkState, TrunkState], None]:
    """A listener that publishes ``trunk.failed`` and ``trunk.recovered``."""
    failed: set[str] = set()

    def changed(_before: TrunkState, after: TrunkState) -> None:
        if after.usable and not after.known:
            return  # not known is neither
        if after.usable == (after.name not in failed):
            return
        (failed.discard if after.usable else failed.add)(after.name)
        data = {
            "trunk": after.name, "registration": after.registration.value,
            "reach": after.reach.value,
        }  # fmt: skip
        kind = "trunk.recovered" if after.usable else "trunk.failed"
        publish(Event(type=kind, at=clock.now(), data=data))

    states.on_change.append(changed)
    return changed
