"""A call that Asterisk is asked to place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import BadInput
from sip.ami.encoding import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate:
    """Ring ``channel`` (``PJSIP/6001``) and, when it answers, run either the dialplan
    at ``context``, ``extension``, ``priority`` or ``application`` with ``data``.

    ``channel_id`` is chosen by us and becomes the channel's Uniqueid, so that its
    events are recognised from the first one on; Asterisk refuses one that is in use.
    A ``Local`` channel has a second half, whose id is ``other_channel_id`` (by default
    the first with ``;2``). ``answer_within`` is in seconds. ``caller_id`` is what
    :func:`sip.ami.encoding.caller_id` builds. ``codecs`` is a comma-separated list.
    """

    channel: str
    channel_id: str
    context: str = ""
    extension: str = "s"
    priority: int = 1
    application: str = ""
    data: str = ""
    answer_within: float = 30.0
    caller_id: str = ""
    codecs: str = ""
    other_channel_id: str = ""
    early_media: bool = False
    variables: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.context) == bool(self.application):
            raise BadInput(
                "A call is originated either to a context or to an application.",
                hint="Give exactly one of the two.",
            )

    def fields(self) -> dict[str, Value]:
        """The fields of the action, ``Variable`` apart. Always asynchronous: a
        synchronous Originate keeps every other action waiting until the answer."""
        fields: dict[str, Value] = {
            "Channel": self.channel,
            "ChannelId": self.channel_id,
            "Async": True,
            "Timeout": max(1, round(self.answer_within * 1000)),
        }
        if self.context:
            fields |= {
                "Context": self.context, "Exten": self.extension, "Priority": self.priority
            }  # fmt: skip
        else:
            fields |= {"Application": self.application, "Data": self.data}
        optional = {
            "CallerID": self.caller_id,
            "Codecs": self.codecs,
            "OtherChannelId": self.other_channel_id,
        }
        fields |= {name: value for name, value in optional.items() if value}
        if self.early_media:
            fields["EarlyMedia"] = True
        return fields
