"""One call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from agent_softphone.phone.audio import CallPort
from agent_softphone.phone.errors import guarded
from agent_softphone.phone.message import headers_of

if TYPE_CHECKING:
    from agent_softphone.phone.account import Account
    from agent_softphone.phone.calls import Calls

STATES = {
    pj.PJSIP_INV_STATE_NULL: "none",
    pj.PJSIP_INV_STATE_CALLING: "calling",
    pj.PJSIP_INV_STATE_INCOMING: "incoming",
    pj.PJSIP_INV_STATE_EARLY: "early",
    pj.PJSIP_INV_STATE_CONNECTING: "connecting",
    pj.PJSIP_INV_STATE_CONFIRMED: "confirmed",
    pj.PJSIP_INV_STATE_DISCONNECTED: "disconnected",
}
_MEDIA = {
    pj.PJSUA_CALL_MEDIA_NONE: "none",
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "local_hold",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "remote_hold",
    pj.PJSUA_CALL_MEDIA_ERROR: "none",
}
_METHODS = {pj.PJSUA_DTMF_METHOD_RFC2833: "rfc4733", pj.PJSUA_DTMF_METHOD_SIP_INFO: "info"}


class Call(pj.Call):  # type: ignore[misc]
    """One call with its audio port; kept by :class:`Calls` until it has ended."""

    def __init__(
        self, calls: Calls, account: Account, name: str, slot: int = pj.PJSUA_INVALID_ID
    ) -> None:
        super().__init__(account, slot)
        self.name = name
        self.account = account
        self.port: CallPort | None = calls.take_port(self)
        self.ended = False
        self.ended_by_us = False
        self._calls = calls
        self._media = "none"

    def tell(self, event: str, *, t: float | None = None, **fields: Any) -> None:
        """Post an event of this call."""
        self._calls.events.post(event, t=t, call=self.name, **fields)

    @guarded
    def onCallState(self, prm: Any) -> None:
        """Tell the new state; when it is the last one, let the call be released."""
        info = self.getInfo()
        state = STATES.get(info.state, str(info.state))
        more: dict[str, Any] = {}
        if state == "disconnected":
            self.ended = True
            more["by"] = "local" if self.ended_by_us else "remote"
            more["headers"] = headers_of(prm.e, pj.PJSIP_EVENT_RX_MSG, pj.PJSIP_EVENT_TSX_STATE)
        self.tell("state", state=state, code=info.lastStatusCode, reason=info.lastReason, **more)
        if self.ended:
            self._calls.over(self)

    @guarded
    def onCallMediaState(self, prm: Any) -> None:
        """Join the call's stream with its audio port, also after each re-INVITE."""
        if self.ended:
            return
        state, codec = "none", ""
        info = self.getInfo()  # kept: its media die with it
        for media in info.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            state = _MEDIA.get(media.status, "none")
            if state in ("active", "remote_hold"):
                codec = self.getStreamInfo(media.index).codecName
                stream = self.getAudioMedia(media.index)
                if self.port is not None:
                    stream.startTransmit(self.port)
                    self.port.startTransmit(stream)
            break
        if state != self._media:
            self._media = state
            self.tell("media", state=state, codec=codec)

    @guarded
    def onDtmfDigit(self, prm: Any) -> None:
        """Tell a digit that the other side sent."""
        self.tell("dtmf", digit=prm.digit, method=_METHODS.get(prm.method, str(prm.method)))

    @guarded
    def onCallTransferStatus(self, prm: Any) -> None:
        """Tell how a transfer of ours goes; one that succeeded ends our call, as with desk
        phones."""
        self.tell("transfer", code=prm.statusCode, reason=prm.reason, final=bool(prm.finalNotify))
        prm.cont = not prm.finalNotify
        if prm.finalNotify and prm.statusCode // 100 == 2 and not self.ended:
            self._calls.hang_up(self)
