"""The kinds of node, by the name a flow file uses. To add one: write its file after
the shape of its siblings and enter it here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ivr.nodes.ask import Ask
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.call_back import CallBack
from ivr.nodes.collect import Collect
from ivr.nodes.goto import Goto
from ivr.nodes.hangup import HangupNode
from ivr.nodes.hours import Hours
from ivr.nodes.menu import Menu
from ivr.nodes.queue import Queue
from ivr.nodes.recording_consent import RecordingConsent
from ivr.nodes.say import Say
from ivr.nodes.say_number import SayNumber
from ivr.nodes.set import Set
from ivr.nodes.transfer import Transfer
from ivr.nodes.voicemail import Voicemail

NODE_TYPES: Mapping[str, type[Node]] = MappingProxyType(
    {
        "say": Say,
        "say_number": SayNumber,
        "menu": Menu,
        "ask": Ask,
        "collect": Collect,
        "recording_consent": RecordingConsent,
        "set": Set,
        "goto": Goto,
        "hours": Hours,
        "queue": Queue,
        "call_back": CallBack,
        "voicemail": Voicemail,
        "transfer": Transfer,
        "hangup": HangupNode,
    }
)

__all__ = ["NODE_TYPES", "Exit", "Node", "Visit"]
