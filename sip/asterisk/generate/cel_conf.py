"""cel.conf and cel_custom.conf: when each channel ended and why.

The app reads this file for calls that ended while it was down. A line is::

    "HANGUP","1767225600.123456","<uniqueid>","<channel>","<linkedid>","{""hangupcause"":16,...}"

in CSV of RFC 4180; the time is seconds since the epoch, UTC.
"""

from __future__ import annotations

from sip.asterisk.generate.text import Conf
from sip.asterisk.layout import AsteriskLayout

FIELDS = ("event", "time", "uniqueid", "channel", "linkedid", "extra")
_SOURCES = (
    "${eventtype}", "${eventtime}", "${CHANNEL(uniqueid)}", "${CHANNEL(channame)}",
    "${CHANNEL(linkedid)}", "${eventextra}",
)  # fmt: skip


def cel_conf() -> str:
    """Text of ``cel.conf``; without 'dateformat' times are epoch seconds with fraction."""
    conf = Conf("Channel event logging: the end of each channel.")
    return conf.section("general").set(enable=True, events="HANGUP,CHAN_END").text()


def cel_custom_conf(layout: AsteriskLayout) -> str:
    """Text of ``cel_custom.conf``."""
    conf = Conf("Ends of channels as CSV: " + ", ".join(FIELDS)).section("mappings")
    quoted = ",".join(f"${{CSV_QUOTE({source})}}" for source in _SOURCES)
    return conf.raw(f"{layout.cel_file.name} => {quoted}").text()
