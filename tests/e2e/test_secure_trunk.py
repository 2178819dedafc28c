"""TLS and SRTP, really called through: the carrier is a second Asterisk."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ports import PortBlock
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest
from tests.support.installation import Installation
from tests.support.own_ca import Files, OwnCa
from tests.support.talk import AGENT_HZ, hears


def _carrier(files: Files, *, ca: Path, encryption: str) -> object:
    """Echoes whatever calls in over TLS."""

    def etc(us: AsteriskUnderTest) -> dict[str, str]:
        return {
            "pjsip.conf": "[tls]\ntype=transport\nprotocol=tls\nmethod=tlsv1_2\n"
            f"bind=127.0.0.1:{us.sip_port}\ncert_file={files.certificate}\n"
            f"priv_key_file={files.key}\nca_list_file={ca}\n"
            "[anon]\ntype=endpoint\ncontext=default\ndisallow=all\nallow=ulaw,alaw\n"
            f"media_encryption={encryption}\ntransport=tls\n"
            "[anon]\ntype=identify\nendpoint=anon\nmatch=127.0.0.1\n",
            "extensions.conf": "[default]\nexten => _X.,1,Answer()\n same => n,Echo()\n",
        }

    return etc


@pytest.mark.parametrize(
    ("encryption", "known", "works"),
    [("sdes", True, True), ("no", True, False), ("sdes", False, False)],
    ids=["TLS and SRTP", "without SRTP", "a certificate of a stranger"],
)
async def test_a_call_out_over_tls_with_srtp(
    installation: Installation, asterisk_factory: AsteriskFactory, tmp_path: Path,
    encryption: str, known: bool, works: bool,
) -> None:  # fmt: skip
    ours, theirs = OwnCa(tmp_path, "ours"), OwnCa(tmp_path, "theirs")
    signer = ours if known else theirs
    carrier = await asterisk_factory(
        _carrier(signer.server("carrier"), ca=ours.file, encryption=encryption)
    )
    mine, block = ours.server("parley"), PortBlock.reserve()
    centre = await installation(
        {
            "sip.tls": f"{{port: {block.take()}, certificate: {mine.certificate}, "
            f"private_key_file: {mine.key}, ca_file: {mine.ca}}}",
            "trunks.secure": "{direction: out, encryption: sdes, carrier: {host: 127.0.0.1, "
            f"port: {carrier.sip_port}, transport: tls}}}}",
            "routes.outside": "{pattern: 9X., trunk: secure, strip: 1, ring_seconds: 10}",
        }
    )
    alice = await centre.agent("alice", ready=False)
    call = await alice.phone.call("95551234")
    if works:
        await call.wait_state("confirmed", 20)
        await call.tone(AGENT_HZ)
        await hears(call, AGENT_HZ)
        await call.hangup()
    await call.wait_state("disconnected", 40)
    block.release()
