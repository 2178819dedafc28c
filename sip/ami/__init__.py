"""The client of Asterisk's manager interface (AMI).

    client = AmiClient(AmiSettings(host, port, username, secret))
    client.on(["Hangup"], lambda event: print(event["Uniqueid"], event["Cause"]))
    client.on_up(resync)                 # async; after every login
    await client.start()
    await client.wait_up(10)
    await client.action("Setvar", {"Channel": name, "Variable": "X", "Value": "1"})
    channels = await client.query("CoreShowChannels")
    await client.originate(Originate(channel="PJSIP/6001", channel_id=id, context="c"))

What it promises, whatever Asterisk does:

* every action ends: with a response, :class:`AmiRefused`, :class:`AmiTimeout`,
  :class:`AmiDown` (at once when there is no connection, and the moment it is lost),
  :class:`AmiBadValue` or :class:`AmiFull`;
* an action is sent once and never again, so a call is never placed late or twice;
* no value can become a header or an action of its own;
* a stopped Asterisk is noticed within ``ping_every + ping_timeout``;
* an exception in a callback stays in that callback.

AMI is described at https://docs.asterisk.org/Configuration/Interfaces/
Asterisk-Manager-Interface-AMI/.
"""

from sip.ami.async_agi import async_agi
from sip.ami.client import AmiClient
from sip.ami.encoding import caller_id
from sip.ami.errors import AmiBadValue, AmiDown, AmiFull, AmiRefused, AmiTimeout
from sip.ami.messages import AmiEvent, AmiResponse
from sip.ami.originate import Originate
from sip.ami.settings import AmiSettings

__all__ = [
    "AmiBadValue",
    "AmiClient",
    "AmiDown",
    "AmiEvent",
    "AmiFull",
    "AmiRefused",
    "AmiResponse",
    "AmiSettings",
    "AmiTimeout",
    "Originate",
    "async_agi",
    "caller_id",
]
