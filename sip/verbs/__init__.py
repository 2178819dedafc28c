"""Call control as small verbs over AMI, one file each.

A verb asks Asterisk for one thing and returns when Asterisk accepted it. What then
happens to the channel arrives as events (``sip.voice.call_events``), a hang-up with
its real Q.850 cause. Every verb raises what :meth:`sip.ami.AmiClient.action` raises;
``NoSuchChannel`` where the channel is gone.
"""

from sip.verbs.bridge import bridge
from sip.verbs.exists import exists
from sip.verbs.hangup import hang_up
from sip.verbs.hold import hold, park
from sip.verbs.join import join
from sip.verbs.lamps import LampState, set_lamp, set_messages
from sip.verbs.mute import mute
from sip.verbs.play import play
from sip.verbs.received import Received, received
from sip.verbs.record import is_hooked, pause_recording, record, stop_recording
from sip.verbs.refusal import NoSuchChannel
from sip.verbs.ring import ring
from sip.verbs.spy import SpyMode, spy, switch_spy
from sip.verbs.tap import tap
from sip.verbs.transfer import send_to
from sip.verbs.trunk import calls_on, on_trunk
from sip.verbs.variables import set_variables

__all__ = [
    "LampState",
    "NoSuchChannel",
    "Received",
    "SpyMode",
    "bridge",
    "calls_on",
    "exists",
    "hang_up",
    "hold",
    "is_hooked",
    "join",
    "mute",
    "on_trunk",
    "park",
    "pause_recording",
    "play",
    "received",
    "record",
    "ring",
    "send_to",
    "set_lamp",
    "set_messages",
    "set_variables",
    "spy",
    "stop_recording",
    "switch_spy",
    "tap",
]
