"""The first steps of every call that comes in: what strangers chose is made clean.

Asterisk prints names and numbers as they are, into events, AGI headers and log lines, and
a SIP URI can hold any byte (``%0d%0a``). So nothing runs before :func:`clean_caller`, and
a dialled number has digits only: Asterisk's ``.`` in a pattern would take anything.
"""

from __future__ import annotations

from functools import partial

from sip.asterisk.generate import dialplan
from sip.asterisk.generate.text import MOST_DIGITS, Conf

CLEAN = f"Gosub({dialplan.CALLER},s,1)"
"""The step itself."""

# Letters and digits, and the signs of numbers and of their parameters (';npdi;rn=+1').
_NUMBER = r"0-9A-Za-z+*#._\x3b\x3d\x2d"
# Everything but control characters; bytes of UTF-8 stay.
_NAME = r"\x20-\x7e\x80-\xff"
_FIRST_DIGIT = "[0-9+*#]"


def clean_caller(conf: Conf) -> None:
    """The context :data:`dialplan.CALLER`."""
    number, name = partial(_filter, _NUMBER, 40), partial(_filter, _NAME, 80)
    conf.section(
        dialplan.CALLER,
        "What the network says of a caller, cleaned. It is the first step of every call that",
        "comes in: afterwards CALLERID(num) has only letters, digits and +*#._;=- and",
        "CALLERID(name) no control character. Presentation (CALLERID(pres)) stays.",
    )
    conf.extension(
        "s",
        *number("CALLERID(num)"),
        *name("CALLERID(name)"),
        "Set(CALLERID(ani-num)=${CALLERID(num)})",
        "Set(CALLERID(ani-name)=)",
        "Set(CALLERID(subaddr)=)",
        "Set(CALLERID(tag)=)",
        *number("CALLERID(dnid)"),
        # i: nobody is told of the change.
        *number("REDIRECTING(from-num)", "REDIRECTING(from-num,i)"),
        "Set(REDIRECTING(from-name,i)=)",
        *number("REDIRECTING(orig-num)", "REDIRECTING(orig-num,i)"),
        "Set(REDIRECTING(orig-name,i)=)",
        *number("REDIRECTING(to-num)", "REDIRECTING(to-num,i)"),
        "Set(REDIRECTING(to-name,i)=)",
        "Return()",
    )


def unknown_numbers(conf: Conf) -> None:
    """The context :data:`dialplan.UNKNOWN`, to be included by those of trunks; it leads to
    :func:`sip.asterisk.generate.identity_plan.told`."""
    conf.section(
        dialplan.UNKNOWN,
        f"Numbers that are not ours, of up to {MOST_DIGITS} digits: the app keeps a record.",
    )
    for length in range(1, MOST_DIGITS + 1):
        conf.extension(
            f"_{_FIRST_DIGIT}{'X' * (length - 1)}",
            f"Set(PARLEY_TRUNK=${{CONTEXT:{len(dialplan.from_trunk(''))}}})",
            "Set(PARLEY_NUMBER=${EXTEN})",
            f"Goto({dialplan.UNKNOWN_TOLD},s,1)",
        )


def _filter(allowed: str, most: int, source: str, target: str = "") -> tuple[str, str]:
    """Two steps: brackets in the value could spoil the cut if both were one."""
    target = target or source
    return (
        f"Set({target}=${{FILTER({allowed},${{{source}}})}})",
        f"Set({target}=${{{source}:0:{most}}})",
    )
