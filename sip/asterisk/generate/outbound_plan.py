"""The part of the dialplan that calls out.

Nothing that comes in through a trunk leads here. The app decides (:mod:`sip.outbound`) and
leaves the ways in the channel variables PARLEY_OUT_1, PARLEY_OUT_2 and so on; here they are
tried in order. Emergency numbers need no app.
"""

from __future__ import annotations

from config.model import Settings
from sip.asterisk.generate import dialplan
from sip.asterisk.generate.text import Conf, digits, extensions_of, word
from sip.causes import TRUNK_FAILED, Cause

_RETURN = f'GotoIf($["${{{dialplan.RETURN}}}" = "1"]?{dialplan.RETURNED},s,1)'
_FAILED = "|".join(str(int(cause)) for cause in sorted(TRUNK_FAILED))
# Longer than any talk: bounds what a lost answer could cost.
_EMERGENCY_RING_SECONDS = 120


def emergency(conf: Conf, settings: Settings) -> None:
    """Emergency numbers: no limit, no right, no app in between."""
    chosen = settings.outbound.emergency
    names = chosen.trunks or tuple(
        t.name for t in settings.trunks.values() if t.carrier is not None and t.takes_calls_out
    )
    conf.section(
        dialplan.EMERGENCY,
        "Emergency numbers, for agents' phones: each trunk in turn until one gets through.",
        "They are counted to no trunk and nobody is asked; the app is only told.",
    )
    for number in settings.outbound.emergency.dialled():
        plain = chosen.number_of(number)
        assert plain is not None
        steps = [
            f"Set(PARLEY_DIALLED={digits(number)})",
            f"UserEvent(ParleyEmergency,Number: {digits(plain)},Dialled: ${{CHANNEL}})",
        ]
        for name in names:
            shown = chosen.caller_id or settings.trunk(name).caller_id
            if shown is not None:
                steps.append(f"Set(CALLERID(num)={digits(shown)})")
            steps += [
                "Set(CALLERID(pres)=allowed)",
                f"Dial(PJSIP/{digits(plain)}@{word(name)},{_EMERGENCY_RING_SECONDS})",
                'GotoIf($["${DIALSTATUS}" = "ANSWER"]?over)',
            ]
        steps += ["over: Hangup(${HANGUPCAUSE})"]
        conf.extension(digits(number), *steps)


def emergency_dialled(conf: Conf, settings: Settings) -> None:
    """In the agents' own context: emergency numbers, before anything else in it.

    They are not included from their own context: Asterisk searches included contexts only
    when nothing in the context itself matches, so a route such as ``9X.`` would take 9112
    and ask the app. Here the exact extension is preferred to every pattern.
    """
    for number in map(digits, settings.outbound.emergency.dialled()):
        conf.extension(number, f"Goto({dialplan.EMERGENCY},{number},1)")


def dial(conf: Conf, settings: Settings) -> None:
    """What an agent dials that is no extension: the app is asked."""
    conf.section(
        dialplan.DIAL_OUT,
        "An agent dials a number outside (PARLEY_DIALLED). The app says whether it may go out:",
        "PARLEY_NEXT is 'out', or 'refused' with PARLEY_PROMPT and PARLEY_CAUSE. Without the",
        "app nothing can be counted, and nothing goes out.",
    )
    conf.extension(
        "s",
        "Set(PARLEY_NEXT=)",
        dialplan.agi("dial"),
        f'GotoIf($["${{PARLEY_NEXT}}" = "out"]?{dialplan.OUTBOUND},s,1)',
        'GotoIf($["${PARLEY_NEXT}" = "refused"]?refused)',
        'GotoIf($["${PARLEY_NEXT}" = "hangup"]?leave)',
        f"Hangup({dialplan.CAUSE_TEMPORARY_FAILURE})",
        "refused: Progress()",
        "Playback(${PARLEY_PROMPT},noanswer)",
        "leave: Hangup(${PARLEY_CAUSE})",
    )


def dialled_patterns(conf: Conf, settings: Settings) -> None:
    """In the agents' own context: the numbers that routes take."""
    for route in settings.routes.values():
        conf.raw(f"; route {word(route.name)}")
        for extension in extensions_of(route.pattern):
            conf.extension(
                extension,
                "Set(PARLEY_DIALLED=${FILTER(0-9+,${EXTEN})})",
                f"Goto({dialplan.DIAL_OUT},s,1)",
            )


def outbound(conf: Conf) -> None:
    """Carries out a plan of the app."""
    conf.section(
        dialplan.OUTBOUND,
        "Calls out. Only from-agents and the app lead here, never a trunk. The app has left",
        "PARLEY_OUT_1 and so on, each trunk:number:caller id:seconds:most calls. The next one is",
        "tried where a trunk is full or fails, not where the callee is busy or does not answer.",
        f"{dialplan.DIAL}: further options of Dial, given by who leads a call here.",
    )
    failed = (
        f'$["${{HANGUPCAUSE}}" =~ "^({_FAILED})$" | '
        f'("${{HANGUPCAUSE}}" = "{int(Cause.NO_USER_RESPONSE)}" & "${{RINGTIME_MS}}" = "")]'
    )
    conf.extension(
        "s",
        "Set(PARLEY_OUT_N=0)",
        "Set(DIALSTATUS=CONGESTION)",
        f"Set(PARLEY_OUT_CAUSE={dialplan.CAUSE_NO_CIRCUIT})",
        "next: Set(PARLEY_OUT_N=$[${PARLEY_OUT_N} + 1])",
        "Set(PARLEY_OUT=${PARLEY_OUT_${PARLEY_OUT_N}})",
        'GotoIf($["${PARLEY_OUT}" = ""]?none)',
        "Set(PARLEY_OUT_TRUNK=${FILTER(-a-z0-9_,${CUT(PARLEY_OUT,:,1)})})",
        "Set(PARLEY_OUT_NUMBER=${FILTER(0-9+,${CUT(PARLEY_OUT,:,2)})})",
        "Set(PARLEY_OUT_SHOWN=${FILTER(0-9+,${CUT(PARLEY_OUT,:,3)})})",
        "Set(PARLEY_OUT_SECONDS=${FILTER(0-9,${CUT(PARLEY_OUT,:,4)})})",
        "Set(GROUP(trunk)=${PARLEY_OUT_TRUNK})",
        "GotoIf($[${GROUP_COUNT(${PARLEY_OUT_TRUNK}@trunk)} > "
        "0${FILTER(0-9,${CUT(PARLEY_OUT,:,5)})}]?next)",
        'ExecIf($["${PARLEY_OUT_SHOWN}" != ""]?Set(CALLERID(num)=${PARLEY_OUT_SHOWN}))',
        'ExecIf($["${PARLEY_OUT_SHOWN}" != ""]?Set(CALLERID(pres)=allowed))',
        "ExecIf($[${PARLEY_OUT_N} > 1]?UserEvent(ParleyNextWay,Trunk: ${PARLEY_OUT_TRUNK}))",
        "Dial(PJSIP/${PARLEY_OUT_NUMBER}@${PARLEY_OUT_TRUNK},${PARLEY_OUT_SECONDS},"
        f"${{{dialplan.DIAL}}})",
        "Set(PARLEY_OUT_CAUSE=${HANGUPCAUSE})",
        'GotoIf($["${DIALSTATUS}" = "ANSWER" | "${DIALSTATUS}" = "CANCEL"]?none)',
        f"GotoIf({failed}?next)",
        f"none: {_RETURN}",
        "Hangup(${PARLEY_OUT_CAUSE})",
    )
