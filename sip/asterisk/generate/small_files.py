"""The files of a few lines each, one function a file."""

from __future__ import annotations

from config.model import Settings
from sip.asterisk.generate.text import Conf
from sip.asterisk.log_filter import PIPE


def rtp_conf(settings: Settings) -> str:
    """Text of ``rtp.conf``: the range of UDP ports of audio."""
    conf = Conf("Audio ports.").section("general")
    conf.set(rtpstart=settings.sip.rtp_first, rtpend=settings.sip.rtp_last)
    return conf.set(strictrtp=True, icesupport=False).text()


def logger_conf() -> str:
    """Text of ``logger.conf``: warnings and errors only, through a filter. Notices and
    verbose lines carry callers' numbers, which no log of ours does; and some warnings."""
    conf = Conf("What goes wrong; raise it on the console with 'logger add channel'.")
    conf.section("general").set(dateformat="%F %T.%3q", queue_log=False)
    conf.section("logfiles", "A pipe: what comes out of it is in messages.log.")
    return conf.raw(f"{PIPE} => warning,error").text()


def pjproject_conf() -> str:
    """Text of ``pjproject.conf``: what PJSIP's library complains about goes to debug output.

    Of a message that it cannot read it prints the whole, with numbers and names, and with
    lines of the sender's choice. ``core set debug 1`` on the console shows them.
    """
    conf = Conf("Complaints of the SIP library carry whole messages: debug output only.")
    return conf.section("log_mappings").set(
        type="log_mappings",
        asterisk_error="0",
        asterisk_warning="0",
        asterisk_notice="0",
        asterisk_verbose="0",
        asterisk_debug="1,2,3,4,5,6",
    ).text()  # fmt: skip


def cdr_conf() -> str:
    """Text of ``cdr.conf``: off, the records are Parley's."""
    return Conf("Off: contacts are recorded by Parley.").section("general").set(enable=False).text()


def features_conf() -> str:
    """Text of ``features.conf``: no feature codes, a caller's digits are only digits."""
    conf = Conf("No feature codes: digits that people press in a call mean nothing here.")
    # Unless told otherwise, *8 is no number but picks up somebody else's call.
    conf.section("general").set(pickupexten="no pickup")
    conf.section("featuremap").section("applicationmap")
    return conf.text()


def http_conf() -> str:
    """Text of ``http.conf``: off."""
    return Conf("Off.").section("general").set(enabled=False).text()


def confbridge_conf() -> str:
    """Text of ``confbridge.conf``: silent conferences."""
    conf = Conf("Conferences without announcements.").section("general")
    conf.section("parley_bridge").set(type="bridge")
    conf.section("parley_user").set(type="user", quiet=True, announce_only_user=False)
    return conf.text()


def indications_conf() -> str:
    """Text of ``indications.conf``: tones by ITU-T E.180 recommended practice."""
    conf = Conf("Tones.").section("general").set(country="itu").section("itu")
    return conf.set(
        description="ITU-T E.180", ringcadence="1000,4000", dial="425",
        busy="425/500,0/500", ring="425/1000,0/4000", congestion="425/250,0/250",
        callwaiting="425/200,0/600,425/200,0/3000", dialrecall="425/100,0/100",
        record="1400/500,0/15000", info="950/330,1400/330,1800/330,0/1000", stutter="425/750,0/750",
    ).text()  # fmt: skip


def queues_conf() -> str:
    """Text of ``queues.conf``, for the benches: an empty app_queue."""
    return Conf("Only for comparison.").section("general").set(persistentmembers=False).text()


def empty_conf(purpose: str, *sections: str) -> str:
    """A file that Asterisk wants to see and that needs no setting."""
    conf = Conf(purpose)
    for name in sections:
        conf.section(name)
    return conf.text()
