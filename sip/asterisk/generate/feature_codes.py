"""The part of the dialplan for agents' phones that is more than a call: feature codes, and
a colleague whose calls go elsewhere."""

from __future__ import annotations

from config.feature_codes import TAKES_NUMBER
from config.model import Settings
from sip.asterisk.generate import dialplan
from sip.asterisk.generate.text import Conf, digits, keys

_MOST_DIGITS = 20  # of the number after a code
_NOT_DIALLED = frozenset({"agent_state"})  # lamps only


def codes(conf: Conf, settings: Settings) -> None:
    """In the agents' own context: what each code means."""
    for name, code in settings.feature_codes.codes():
        if name in _NOT_DIALLED:
            continue
        dialled, number = [keys(code)], ""
        if name in TAKES_NUMBER:
            number = f"${{FILTER(0-9+,${{EXTEN:{len(code)}}})}}"
            # Asterisk's '.' takes any characters at all: one extension for each length.
            begins = (f"_{keys(code)}", f"_{keys(code)}+")
            dialled = [
                begin + "X" * length for begin in begins for length in range(1, _MOST_DIGITS + 1)
            ]
        for extension in dialled:
            conf.raw(
                f"exten => {extension},1,Set(PARLEY_CODE={name})",
                f" same => n,Set(PARLEY_CODE_NUMBER={number})",
                f" same => n,Goto({dialplan.CODE},s,1)",
            )


def slots(settings: Settings) -> list[tuple[int, str]]:
    """Each parking slot, and what is dialled for it."""
    begin, count = settings.feature_codes.parking_slot, settings.parking_slots.count
    if begin is None:
        return []
    return [(slot, f"{keys(begin)}{slot}") for slot in range(1, count + 1)]


def code(conf: Conf) -> None:
    """Where every code leads."""
    conf.section(
        dialplan.CODE,
        "A feature code (PARLEY_CODE, with PARLEY_CODE_NUMBER): the app does what it means, and",
        "a beep says that it did.",
    )
    conf.raw(
        "exten => s,1,Answer(,i)",
        f" same => n,{dialplan.agi('code')}",
        " same => n,Hangup(16)",
    )


def colleague(conf: Conf, settings: Settings) -> None:
    """An agent's extension, dialled by a colleague."""
    conf.section(
        dialplan.COLLEAGUE,
        "An agent is called directly. The app says where: PARLEY_NEXT is 'ring' (PARLEY_DEVICE),",
        "'out' (PARLEY_OUT_1 and so on, where the agent has forwarded calls to), or 'hangup' with",
        "PARLEY_CAUSE. If it is away, the agent's own phone rings. PARLEY_WHY is why it is asked:",
        "all, busy or no_answer.",
    )
    for agent in settings.agents.values():
        extension = digits(agent.extension)
        conf.raw(
            f"exten => {extension},1,Set(PARLEY_COLLEAGUE={extension})",
            " same => n,Goto(s,1)",
        )
    conf.raw(
        "exten => s,1,Set(PARLEY_WHY=all)",
        " same => n(ask),Set(PARLEY_NEXT=)",
        " same => n,Set(PARLEY_DEVICE=${PARLEY_COLLEAGUE})",
        f" same => n,{dialplan.agi('colleague')}",
        ' same => n,GotoIf($["${PARLEY_NEXT}" = "hangup"]?leave)',
        f' same => n,GotoIf($["${{PARLEY_NEXT}}" = "out"]?{dialplan.OUTBOUND},s,1)',
        ' same => n,GotoIf($["${PARLEY_NEXT}" != "ring" & "${PARLEY_WHY}" != "all"]?over)',
        f" same => n,Dial(PJSIP/${{FILTER(0-9,${{PARLEY_DEVICE}})}},"
        f"{settings.own_calls.ring_seconds},${{{dialplan.DIAL}}})",
        ' same => n,GotoIf($["${DIALSTATUS}" = "ANSWER" | "${DIALSTATUS}" = "CANCEL"]?over)',
        ' same => n,Set(PARLEY_WHY=${IF($["${DIALSTATUS}" = "BUSY"]?busy:no_answer)})',
        " same => n,Goto(ask)",
        " same => n(leave),Hangup(${PARLEY_CAUSE})",
        " same => n(over),Hangup(${HANGUPCAUSE})",
    )
