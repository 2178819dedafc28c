"""manager.conf: the app's only user, with only the rights and events it needs."""

from __future__ import annotations

from config.model import Settings
from config.secrets import AMI, Secrets
from sip.asterisk.generate.text import Conf

USER = "parley"

AUTH_SECONDS = 2
AUTH_PLACES = 2000

# A queued, bridged and ended call makes some 85 events; these are the ones we use.
EVENTS = (
    "FullyBooted", "Newchannel", "Newstate", "Hangup", "OriginateResponse", "BridgeEnter",
    "BridgeLeave", "BridgeDestroy", "Hold", "Unhold", "ContactStatus", "DeviceStateChange",
    "Registry",
    "ChanSpyStart", "ChanSpyStop", "MixMonitorStart", "MixMonitorStop", "UserEvent", "DTMFEnd",
    "DTMFBegin",
    "Shutdown", "Reload", "HangupRequest", "SoftHangupRequest",
    "DialBegin", "DialEnd", "BlindTransfer", "AttendedTransfer",
)  # fmt: skip

_HEAD = ("Privilege", "Timestamp", "SystemName", "EventTV", "Severity", "Service", "EventVersion")
_WHO = ("AccountID", "SessionID", "LocalAddress", "RemoteAddress")
# Wrong and right SIP passwords and questions for one, each with exactly these headers in
# this order.
SECURITY = {
    "ChallengeResponseFailed": (*_HEAD, *_WHO, "Challenge", "Response", "ExpectedResponse"),
    "SuccessfulAuth": (*_HEAD, *_WHO, "UsingPassword"),
    "ChallengeSent": (*_HEAD, *_WHO, "Challenge"),
}


def _whole(name: str) -> str:
    """A filter for a security event that is whole: whoever logs in chooses some of its
    values, and must not add a header or an event by them."""
    lines = [f"{header}: [^[:cntrl:]]*[[:cntrl:]]{{2}}" for header in SECURITY[name]]
    return f"^Event: {name}[[:cntrl:]]{{2}}{''.join(lines)}[[:cntrl:]]*$"


def manager_conf(settings: Settings, secrets: Secrets) -> str:
    """Text of ``manager.conf``. The manager protocol itself needs the secret in
    plain text; it is made at random for this installation and the file is 0600."""
    control = settings.server.asterisk
    conf = Conf("The manager interface (AMI), for the app alone.")
    conf.section("general").set(
        enabled=True,
        webenabled=False,
        bindaddr=control.ami_host,
        port=control.ami_port,
        displayconnects=False,
        allowmultiplelogin=True,  # a new connection comes before the old one is given up
        timestampevents=True,
        # Asterisk knows no stranger's connection from ours before the log-in, so that the
        # places for those who have not logged in must be more than a stranger can keep
        # filled: they are many, and short.
        authtimeout=AUTH_SECONDS,
        authlimit=AUTH_PLACES,
    )
    conf.section(USER).set(
        secret=secrets.get_or_create(AMI).reveal(),
        read="system,call,user,dtmf,agent,security",
        write="system,call,user,reporting,originate",
        writetimeout=5000,
        # The kind of event must be in the list; the control character after it is the
        # end of the line, so that no longer name than these gets through.
        eventfilter=f"Event: ({'|'.join(EVENTS)})[[:cntrl:]]",
    )
    conf.set(*(("eventfilter", _whole(name)) for name in SECURITY))
    if control.ami_host == "127.0.0.1":
        conf.set(("deny", "0.0.0.0/0.0.0.0"), ("permit", "127.0.0.1/255.255.255.255"))
    return conf.text()
