"""Names that the dialplan and the app share: contexts and channel variables."""

from __future__ import annotations

ENTRANCE = "parley-entrance"
CALLER = "parley-caller"  # what is said of a caller is cleaned
UNKNOWN = "parley-unknown"  # included by trunks: numbers that are not ours
IDENTITY = "parley-identity"
UNKNOWN_TOLD = "parley-unknown-told"
QUEUE = "parley-queue"
QUEUE_AGAIN = "again"  # its extension for a caller who has talked to an agent already
AFTER = "parley-after"
AFTER_CUSTOM = "parley-after-custom"
AGENT = "parley-agent"
HOLD = "parley-hold"
PARK = "parley-park"
SPY = "parley-spy"
DIALLING = "parley-dialling"
CALLED = "parley-called"
PLAY = "parley-play"
MESSAGES = "parley-messages"
CODE = "parley-code"
RING_SECONDS = 30  # how long a colleague's phone rings
OUTBOUND = "parley-outbound"
DIAL_OUT = "parley-dial"
REFER = "parley-refer"  # what agents' phones may transfer to
REFERRED = "parley-referred"
NO_TRANSFER = "parley-no-transfer"  # what all others may transfer to: it has no extension
REFER_TO = "PARLEY_REFER_TO"  # channel variable: the number of such a transfer
SLOT = "slot:"  # begins it where it is a parking slot
COLLEAGUE = "parley-colleague"
OWN = "parley-own"
EMERGENCY = "parley-emergency"
RETURNED = "parley-returned"
ASK_UNTIL = "PARLEY_ASK_UNTIL"  # channel variable: till when (epoch) a talk is none
RETURN = "PARLEY_RETURN"  # channel variable: 1 for who goes there if nobody answers
REDIRECTED = "parley-redirected"
DIAL = "PARLEY_DIAL"  # channel variable: options of Dial for who calls out
WITHHELD = "PARLEY_WITHHELD"  # channel variable: 1 for a caller who withholds the number
SELFTEST = "parley-selftest"
AGENTS = "from-agents"
AGENTS_CUSTOM = "from-agents-custom"
HINTS = "parley-hints"  # what agents' phones may subscribe to; nothing in it is dialled


def agi(route: str) -> str:
    """The step that asks the app at ``route``. The secret is an argument and no part of
    the address, which Asterisk logs when it cannot connect."""
    return f"AGI(${{PARLEY_AGI}}/{route},${{PARLEY_PROOF}})"


# The bridge in which a channel waits for another; each has its own.
WAITING = "parley-${UNIQUEID}"

# PJSIP endpoints of the self-test: one calls in, one is rung as an agent.
SELFTEST_CALLER = "selftest-caller"
SELFTEST_AGENT = "selftest-agent"
SELFTEST_NUMBER = "selftest"  # what the first dials to be offered to the second

# How long a caller is kept while the app is away, and the cause given afterwards
# (Q.850 41, temporary failure).
PATIENCE_SECONDS = 300
CAUSE_TEMPORARY_FAILURE = 41
CAUSE_UNALLOCATED = 1
CAUSE_REJECTED = 21
CAUSE_NO_CIRCUIT = 34


def from_trunk(trunk: str) -> str:
    """The context in which calls of ``trunk`` arrive."""
    return f"from-trunk-{trunk}"


def lamp(extension: str) -> str:
    """The device state that the app sets for an agent's extension: ringing, busy, idle."""
    return f"Custom:parley-{extension}"


def state_lamp(extension: str) -> str:
    """...and for what the agent has said: ready, not ready, do not disturb."""
    return f"Custom:parley-state-{extension}"


def slot_lamp(slot: int) -> str:
    """...and for a parking slot: in use or idle."""
    return f"Custom:parley-slot-{slot}"


def mailbox(extension: str) -> str:
    """Asterisk's name for the messages that wait for an extension."""
    return f"{extension}@parley"
