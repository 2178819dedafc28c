"""A booted private Asterisk for a test, on ports and folders of its own.

    async def test_x(asterisk_factory):
        asterisk = await asterisk_factory(files={"extensions.conf": "[demo]\n..."})
        print(await asterisk.instance.rx("core show version"))

``files`` replaces or adds files of the minimal configuration below; given as a
function it is called with the :class:`AsteriskUnderTest` before the start, so that
it can use its ports. ``asterisk`` is one instance with the defaults.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from core.ports import PortBlock
from sip.asterisk.capability import choose
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.launcher import AsteriskInstance, PortUse
from sip.asterisk.programs import Programs

REPOSITORY = Path(__file__).resolve().parents[2]

_MODULES = """
app_audiosocket app_bridgewait app_chanspy app_confbridge app_dial app_echo app_exec
app_milliwatt app_mixmonitor app_originate app_playback app_playtones app_queue app_read
app_record app_senddtmf app_softhangup app_stack app_system app_transfer app_userevent
app_verbose app_waitforsilence app_while bridge_builtin_features bridge_holding
bridge_native_rtp bridge_simple bridge_softmix chan_audiosocket chan_bridge_media chan_pjsip
codec_a_mu codec_adpcm codec_alaw codec_g722 codec_gsm codec_resample codec_ulaw format_gsm
format_pcm format_sln format_wav func_callerid func_cdr func_channel func_cut func_db
func_devstate func_dialplan func_env func_global func_groupcount func_hangupcause
func_jitterbuffer func_logic func_math func_periodic_hook func_pjsip_aor func_pjsip_contact
func_pjsip_endpoint func_rand func_strings func_timeout func_uri func_volume
pbx_config res_agi res_audiosocket res_clialiases res_convert res_crypto res_format_attr_opus
res_http_websocket res_limit res_manager_devicestate res_musiconhold res_mutestream
res_pjproject res_pjsip res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id
res_pjsip_dtmf_info res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_pjsip_header_funcs res_pjsip_logger res_pjsip_nat res_pjsip_outbound_authenticator_digest
res_pjsip_outbound_registration res_pjsip_path res_pjsip_pubsub res_pjsip_refer
res_pjsip_registrar res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_session res_rtp_asterisk
res_security_log res_sorcery_astdb res_sorcery_config res_sorcery_memory res_speech res_srtp
res_stasis res_timing_timerfd res_tonedetect
"""


@dataclass
class AsteriskUnderTest:
    """One instance with everything a test must know to talk to it."""

    instance: AsteriskInstance
    sip_port: int
    manager_port: int
    rtp: tuple[int, int]
    manager_user: str = "test"
    manager_secret: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)

    @property
    def folders(self) -> InstanceFolders:
        return self.instance.folders

    @property
    def etc(self) -> Path:
        return self.folders.etc

    def minimal_etc(self) -> dict[str, str]:
        """File name -> text of a small configuration that boots in half a second.

        SIP endpoint ``anon`` takes calls from 127.0.0.1 without a password into the
        context ``default``: 100 answers and echoes, 200 answers and waits, 300 rings,
        400 is busy.
        """
        first, last = self.rtp
        loads = "".join(f"load = {module}.so\n" for module in _MODULES.split())
        return {
            "asterisk.conf": self.folders.directories_section(self.instance.programs)
            + "[options]\nverbose=3\nhideconnect=yes\nsystemname=under-test\n",
            "modules.conf": f"[modules]\nautoload=no\n{loads}",
            "logger.conf": "[general]\n[logfiles]\n"
            "messages.log => notice,warning,error,verbose(3)\n",
            "manager.conf": "[general]\nenabled=yes\nwebenabled=no\nbindaddr=127.0.0.1\n"
            f"port={self.manager_port}\n"
            f"[{self.manager_user}]\nsecret={self.manager_secret}\n"
            "deny=0.0.0.0/0.0.0.0\npermit=127.0.0.1/255.255.255.255\n"
            "read=all\nwrite=all\nwritetimeout=1000\n",
            "pjsip.conf": "[global]\ntype=global\n"
            "[udp]\ntype=transport\nprotocol=udp\n"
            f"bind=127.0.0.1:{self.sip_port}\n"
            "[anon]\ntype=endpoint\ncontext=default\ndisallow=all\nallow=ulaw,alaw\n"
            "direct_media=no\nrtp_symmetric=yes\nforce_rport=yes\nrewrite_contact=yes\n"
            "[anon]\ntype=identify\nendpoint=anon\nmatch=127.0.0.1\n",
            "extensions.conf": "[default]\n"
            "exten => 100,1,Answer()\n same => n,Echo()\n"
            "exten => 200,1,Answer()\n same => n,Wait(3600)\n"
            "exten => 300,1,Ringing()\n same => n,Wait(60)\n"
            "exten => 400,1,Busy(5)\n",
            "rtp.conf": f"[general]\nrtpstart={first}\nrtpend={last}\n",
            "musiconhold.conf": "[default]\nmode=files\ndirectory=moh\n",
            "queues.conf": "[general]\n",
            "features.conf": "[general]\n",
            "confbridge.conf": "[general]\n",
            "cel.conf": "[general]\nenable=no\n",
            "indications.conf": "[general]\ncountry=us\n[us]\nringcadence=2000,4000\n"
            "dial=350+440\nbusy=480+620/500,0/500\nring=440+480/2000,0/4000\n"
            "congestion=480+620/250,0/250\ncallwaiting=440/300,0/10000\n"
            "dialrecall=!350+440/100,!0/100,350+440\nrecord=1400/500,0/15000\n"
            "info=!950/330,!1400/330,!1800/330,0\nstutter=!350+440/100,!0/100,350+440\n",
        }

    def write_etc(self, files: Mapping[str, str]) -> None:
        """Write configuration files, readable for this user only."""
        for name, text in files.items():
            path = self.etc / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")

    async def stop(self) -> None:
        await self.instance.stop()


Files = Mapping[str, str] | Callable[[AsteriskUnderTest], Mapping[str, str]]
AsteriskFactory = Callable[..., Awaitable[AsteriskUnderTest]]


@pytest.fixture
def port_block() -> Iterator[PortBlock]:
    """Ports that belong to this test alone."""
    block = PortBlock.reserve()
    yield block
    block.release()


@pytest.fixture(scope="session")
def programs() -> Programs:
    """What 'make demo' would run here: the system's own or the private root.
    ``PARLEY_ASTERISK_ROOT`` names another root, to test other versions."""
    named = os.environ.get("PARLEY_ASTERISK_ROOT")
    if named:
        return Programs(Path(named).resolve())
    return choose(REPOSITORY / ".parley" / "root").programs


@pytest_asyncio.fixture
async def asterisk_factory(tmp_path: Path, programs: Programs) -> AsyncIterator[AsteriskFactory]:
    """``await asterisk_factory(files=..., start=True)``: a new instance a call,
    each with a port block of its own; all stop at the end of the test."""
    made: list[AsteriskUnderTest] = []
    blocks: list[PortBlock] = []

    async def make(files: Files | None = None, *, start: bool = True) -> AsteriskUnderTest:
        block = PortBlock.reserve()
        blocks.append(block)
        sip_port, manager_port = block.take(), block.take()
        folders = InstanceFolders(tmp_path / f"asterisk-{len(made)}")
        ports = [
            PortUse(sip_port, "SIP", udp=True), PortUse(manager_port, "the manager interface"),
        ]  # fmt: skip
        instance = AsteriskInstance(programs, folders, ports=ports)
        asterisk = AsteriskUnderTest(instance, sip_port, manager_port, block.rtp_range)
        made.append(asterisk)
        folders.create()
        asterisk.write_etc(asterisk.minimal_etc())
        if files is not None:
            asterisk.write_etc(files(asterisk) if callable(files) else files)
        if start:
            await instance.start()
        return asterisk

    yield make
    for asterisk in made:
        await asterisk.stop()
    for block in blocks:
        block.release()


@pytest_asyncio.fixture
async def asterisk(asterisk_factory: AsteriskFactory) -> AsteriskUnderTest:
    """One booted instance with the minimal configuration."""
    return await asterisk_factory()
