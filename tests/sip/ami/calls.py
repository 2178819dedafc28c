"""The dialplan of the AMI tests, and calls into it."""

from __future__ import annotations

from typing import Any

from core import ids
from sip.ami import Originate

DIALPLAN = """[t]
exten => wait,1,Answer()
 same => n,Wait(3600)
exten => ring,1,Ringing()
 same => n,Wait(3600)
exten => hang,1,Hangup(16)
exten => busy,1,Hangup(17)
exten => async,1,Answer()
 same => n,AGI(agi:async)
exten => said,1,Answer()
 same => n,UserEvent(Said)
 same => n,Wait(3600)
exten => own-id,1,UserEvent(OwnId,ActionID: mine)
"""


def local(extension: str, **more: Any) -> Originate:
    """A call to ``extension`` of :data:`DIALPLAN` whose other side just waits."""
    given: dict[str, Any] = {"channel_id": ids.new_id(ids.CHANNEL)}
    if "context" not in more:
        given |= {"application": "Wait", "data": "3600"}
    return Originate(**{"channel": f"Local/{extension}@t/n", **given, **more})
