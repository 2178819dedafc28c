"""Which messages are believed, for any bytes that a stranger can put into a value."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sip.ami.frames import Genuine, NotWhole, channels_named, read_event

SYSTEM = "0123456789abcdef012"
VICTIM = {"Uniqueid": f"{SYSTEM}-1767225600.7", "Channel": "PJSIP/carrier-00000007"}
OWN = (
    "Event: Newstate\r\nPrivilege: call,all\r\nTimestamp: 1767225600.123456\r\n"
    f"SystemName: {SYSTEM}\r\nChannel: PJSIP/carrier-00000009\r\nChannelState: 6\r\n"
    "ChannelStateDesc: Up\r\nCallerIDNum: {number}\r\nCallerIDName: {name}\r\n"
    "ConnectedLineNum: <unknown>\r\nContext: from-trunk-carrier\r\nExten: {exten}\r\n"
    f"Priority: 1\r\nUniqueid: {SYSTEM}-1767225600.9\r\nLinkedid: {SYSTEM}-1767225600.9\r\n\r\n"
)
FORGED = "".join(
    f"{line}\r\n"
    for line in (
        "Event: Hangup", "Privilege: call,all", "Timestamp: 1767225600.123456",
        f"Channel: {VICTIM['Channel']}", f"Uniqueid: {VICTIM['Uniqueid']}", "Cause: 16",
    )
)  # fmt: skip


def believed(stream: str) -> list[dict[str, str]]:
    """What would be delivered of bytes that Asterisk printed."""
    genuine = Genuine(SYSTEM)
    found = []
    for frame in stream.encode("utf-8", "surrogateescape").split(b"\r\n\r\n"):
        if not frame.startswith(b"Event: ") or not genuine(frame):
            continue
        try:
            found.append(read_event(frame).as_dict())
        except NotWhole:
            continue
    return found


pieces = st.sampled_from(
    ["\r\n", "\n", "\r", "\r\n\r\n", "\x00", "\x85", "\u2028", "Event: Hangup", "Uniqueid: ",
     VICTIM["Uniqueid"], "Channel: ", VICTIM["Channel"], "SystemName: ", "Privilege: call,all",
     "Timestamp: 1.1", "uniqueid: ", "1", "x", ": ", "Cause: 16"]
)  # fmt: skip
hostile = st.lists(st.one_of(pieces, st.text(max_size=8)), max_size=24).map("".join)


def test_an_ordinary_event_is_believed() -> None:
    (event,) = believed(OWN.format(number="13800000001", name='王芳 "VIP"\u2028\x85', exten="4000"))
    assert event["CallerIDName"] == '王芳 "VIP"\u2028\x85'
    assert event["Uniqueid"] == f"{SYSTEM}-1767225600.9"


@settings(deadline=None)
@given(number=hostile, name=hostile, exten=hostile)
@example(number=f"1\r\n\r\n{FORGED}X: y", name="", exten="4000")
@example(number=f"1\r\nUniqueid: {VICTIM['Uniqueid']}", name="", exten="4000")
@example(number=f"1\r\nuNIQUEID: {VICTIM['Uniqueid']}", name="", exten="4000")
@example(number="1", name="x\u2028Uniqueid: 1", exten="4000")
def test_no_value_speaks_for_another_channel(number: str, name: str, exten: str) -> None:
    """Whatever the three say: the only event that can be believed is the one that Asterisk
    printed, with the channel that it printed. (The id stands behind the three.)"""
    for event in believed(OWN.format(number=number, name=name, exten=exten)):
        assert event["Event"] == "Newstate"
        assert event["Channel"] == "PJSIP/carrier-00000009"
        assert event["ChannelState"] == "6"


@settings(deadline=None)
@given(st.binary(max_size=400))
@example(b"Event: \xff\xfe")
@example(b"Event: X\r\n: y")
def test_any_bytes_are_read_or_refused(frame: bytes) -> None:
    try:
        event = read_event(frame)
    except NotWhole:
        return
    assert event.name == event["Event"]


@pytest.mark.parametrize(
    "start",
    [
        "Event: Hangup\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\nChannel: x",
        "Event: Hangup\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\nSystemName: other\r\nX: y",
        f"Event: Hangup\r\nPrivilege: call,all\r\nX: y\r\nSystemName: {SYSTEM}\r\nX: z",
        f"Event: Hangup\r\nSystemName: {SYSTEM}\r\nX: z",
        f"Event: Hangup\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\nSystemName: {SYSTEM}x\r\n",
        f"Hangup: 1\r\nEvent: Hangup\r\nPrivilege: call,all\r\nSystemName: {SYSTEM}\r\nX: z",
    ],
)
def test_what_does_not_begin_as_asterisk_does(start: str) -> None:
    assert not Genuine(SYSTEM)(start.encode())


def test_a_manager_that_is_debugged_is_believed() -> None:
    frame = (
        "Event: Hangup\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\nSequenceNumber: 7\r\n"
        f"File: manager.c\r\nLine: 12\r\nFunc: f\r\nSystemName: {SYSTEM}\r\nUniqueid: 1"
    )
    assert Genuine(SYSTEM)(frame.encode())


def test_the_channels_to_ask_for() -> None:
    assert channels_named(FORGED.encode()) == [VICTIM["Channel"], VICTIM["Uniqueid"]]
