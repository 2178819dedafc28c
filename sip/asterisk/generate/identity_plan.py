"""Who calls, as far as the network lets it be known; and calls to numbers that are not
written like ours."""

from __future__ import annotations

from sip.asterisk.generate import dialplan
from sip.asterisk.generate.text import Conf

IDENTITY = f"Gosub({dialplan.IDENTITY},s,1)"
"""The step of a call that comes in, after everything it says was cleaned."""

# What stands for a number in From where the caller withholds it.
_NOBODY = "anonymous|restricted|private|withheld|unavailable|unknown|blocked|anonim"


def identity(conf: Conf) -> None:
    """The context :data:`dialplan.IDENTITY`."""
    withheld = dialplan.WITHHELD
    conf.section(
        dialplan.IDENTITY,
        "Does the caller withhold the number? Presentation (of P-Asserted-Identity and",
        "Remote-Party-ID), Privacy (RFC 3323), or an anonymous From say so. Then nothing of it",
        f"goes any further, and {withheld} is 1. Each value is reduced to letters first.",
    )

    def said(source: str, allowed: str = "a-z") -> str:
        return f"${{FILTER({allowed},${{TOLOWER({source})}})}}"

    def look(expression: str, pattern: str) -> str:
        return f'GotoIf($["{expression}" =~ "{pattern}"]?withheld)'

    conf.raw(
        "exten => s,1,Set(PARLEY_WITHHELD=)",
        *(
            f" same => n,{step}"
            for step in (
                look(said("${CALLERID(num-pres)}"), "^prohib"),
                look(said("${PJSIP_HEADER(read,Privacy)}"), "id|user|header"),
                look(
                    said("${PJSIP_HEADER(read,Remote-Party-ID)}", "a-z="),
                    "privacy=(full|uri)",
                ),
                look(said("${CALLERID(num)}"), f"^({_NOBODY})$"),
                look(said("${PJSIP_HEADER(read,From)}", "a-z.:@"), "sips?:anonymous@"),
                look(said("${PJSIP_HEADER(read,From)}", "a-z.@"), "@anonymous.invalid"),
                "Return()",
            )
        ),
        f" same => n(withheld),Set({withheld}=1)",
        " same => n,Set(CALLERID(num)=)",
        " same => n,Set(CALLERID(name)=)",
        " same => n,Set(CALLERID(ani-num)=)",
        " same => n,Set(CALLERID(ani-name)=)",
        " same => n,Set(CALLERID(pres)=prohib)",
        " same => n,Return()",
    )


def told(conf: Conf, *first: str) -> None:
    """The context :data:`dialplan.UNKNOWN_TOLD`; ``first`` are its first steps."""
    conf.section(
        dialplan.UNKNOWN_TOLD,
        "A number that is not written like one of ours (PARLEY_NUMBER), or none because the",
        "carrier called the address with which we registered. The app looks closer: PARLEY_NEXT",
        "is 'known' if it found one, which is then in PARLEY_NUMBER. Else the caller is told that",
        "the number is unknown.",
    )
    steps = [
        *first,
        IDENTITY,
        "Set(PARLEY_NEXT=)",
        dialplan.agi("unknown"),
        'GotoIf($["${PARLEY_NEXT}" = "known"]?known)',
        f"Hangup({dialplan.CAUSE_UNALLOCATED})",
    ]
    conf.raw(f"exten => s,1,{steps[0]}", *(f" same => n,{step}" for step in steps[1:]))
    conf.raw(
        " same => n(known),Set(GROUP(trunk)=${PARLEY_TRUNK})",
        " same => n,GotoIf($[${GROUP_COUNT(${PARLEY_TRUNK}@trunk)} > 0${PARLEY_MOST}]?full)",
        f" same => n,Goto({dialplan.ENTRANCE},s,1)",
        f" same => n(full),Hangup({dialplan.CAUSE_NO_CIRCUIT})",
    )
