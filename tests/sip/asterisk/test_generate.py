"""Writing the files: whole, marked, private, and never over somebody's own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config.load import SAMPLE, load
from config.model import Settings
from config.secrets import SecretMissing, Secrets
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.musiconhold_conf import BUILT_IN
from sip.asterisk.generate.text import MARK
from sip.asterisk.generate.write import RELOADS, HandWrittenFile, generate
from sip.asterisk.layout import AsteriskLayout
from sip.asterisk.programs import Programs
from tests.support.parley_asterisk import ParleyAsteriskFactory


@pytest.fixture
def layout(tmp_path: Path, programs: Programs) -> AsteriskLayout:
    return AsteriskLayout(InstanceFolders(tmp_path / "asterisk"), programs)


def settings(**overrides: str) -> Settings:
    given = {key.replace("__", "."): text for key, text in overrides.items()}
    return load(SAMPLE, environ={}, overrides=given).settings


def test_files_are_marked_and_for_us_only(tmp_path: Path, layout: AsteriskLayout) -> None:
    made = generate(settings(), Secrets(tmp_path, environ={}), layout)
    files = sorted(layout.folders.etc.iterdir())
    assert [file.name for file in files] == sorted(made.files)
    for file in files:
        assert file.read_text().startswith(MARK)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.folders.etc.stat().st_mode) == 0o700


def test_a_second_time_changes_nothing(tmp_path: Path, layout: AsteriskLayout) -> None:
    secrets = Secrets(tmp_path, environ={})
    assert set(generate(settings(), secrets, layout).changed) == set(
        generate(settings(), secrets, layout).files
    )
    assert generate(settings(), secrets, layout).changed == ()
    changed = settings(**{"queues__cards__priority": "7"})
    assert generate(changed, secrets, layout).changed == (), "a queue is not Asterisk's business"
    changed = settings(**{"sip__rtp_last": "16500"})
    assert generate(changed, secrets, layout).changed == ("rtp.conf",)


def test_a_hand_written_file_is_not_overwritten(tmp_path: Path, layout: AsteriskLayout) -> None:
    layout.folders.create()
    own = layout.folders.etc / "manager.conf"
    own.write_text("[general]\nenabled=no\n")
    with pytest.raises(HandWrittenFile, match=r"manager\.conf was not written by Parley"):
        generate(settings(), Secrets(tmp_path, environ={}), layout)
    assert own.read_text() == "[general]\nenabled=no\n"
    assert list(layout.folders.etc.iterdir()) == [own], "and nothing else was written"


def test_our_own_leftovers_go_and_others_files_stay(tmp_path: Path, layout: AsteriskLayout) -> None:
    layout.folders.create()
    (layout.folders.etc / "old.conf").write_text(f"{MARK}: x\n")
    (layout.folders.etc / "theirs.conf").write_text("; mine\n")
    generate(settings(), Secrets(tmp_path, environ={}), layout)
    assert not (layout.folders.etc / "old.conf").exists()
    assert (layout.folders.etc / "theirs.conf").read_text() == "; mine\n"


def test_nothing_is_written_when_a_secret_is_missing(
    tmp_path: Path, layout: AsteriskLayout
) -> None:
    carrier = "{host: sip.example, username: u, secret: theirs, realm: r}"
    wanted = settings(**{"trunks__demo-carrier__carrier": carrier})
    with pytest.raises(SecretMissing, match="theirs"):
        generate(wanted, Secrets(tmp_path, environ={}), layout)
    assert not layout.folders.etc.exists()


def test_only_modules_that_are_there_are_loaded(tmp_path: Path, layout: AsteriskLayout) -> None:
    generate(settings(), Secrets(tmp_path, environ={}), layout)
    text = (layout.folders.etc / "modules.conf").read_text()
    wanted = {line.removeprefix("load=") for line in text.splitlines() if line.startswith("load=")}
    present = {file.name for file in layout.programs.module_dir.glob("*.so")}
    assert wanted <= present
    assert len(wanted) > 60
    for never in ("res_pjsip_endpoint_identifier_anonymous.so", "app_system.so", "app_disa.so"):
        assert never in present
        assert never not in wanted


async def test_a_running_asterisk_takes_the_changes(parley_asterisk: ParleyAsteriskFactory) -> None:
    asterisk = await parley_asterisk()
    before = await asterisk.instance.rx("pjsip show endpoints")
    assert "6055" not in before
    ports = {
        "sip.port": str(asterisk.sip_port),
        "server.asterisk.ami_port": str(asterisk.manager_port),
        "server.state_dir": str(asterisk.settings.server.state_dir),
        "sip.rtp_first": str(asterisk.settings.sip.rtp_first),
        "sip.rtp_last": str(asterisk.settings.sip.rtp_last),
        "server.fastagi.port": str(asterisk.settings.server.fastagi.port),
        "server.asterisk.custom_dir": str(asterisk.settings.server.asterisk.custom_dir),
    }
    more = {"agents.new": "{extension: 6055}", "numbers.4001.trunk": "branch-pbx"}
    wanted = load(SAMPLE, environ={}, overrides={**ports, **more}).settings
    made = generate(wanted, asterisk.secrets, asterisk.layout)
    assert set(made.changed) == {"pjsip.conf", "extensions.conf"}
    for name in made.changed:
        await asterisk.instance.rx(RELOADS[name])
    assert "6055" in await asterisk.instance.rx("pjsip show endpoints")
    assert "Set(PARLEY_DIALLED=6055)" in await asterisk.instance.rx("dialplan show from-agents")
    shown = await asterisk.instance.rx("dialplan show from-trunk-demo-carrier")
    assert "'4001'" not in shown
    assert asterisk.complaints == []


async def test_every_hand_written_file_is_included(parley_asterisk: ParleyAsteriskFactory) -> None:
    custom = {
        "extensions-custom.conf": "[mine]\nexten => 1,1,NoOp(hello)\n",
        "pjsip-custom.conf": "[mine]\ntype=endpoint\ncontext=mine\ndisallow=all\nallow=alaw\n"
        "[demo-carrier](+type=endpoint)\naccountcode=mine\n",
        "modules-custom.conf": "load=app_morsecode.so\n",
        "manager-custom.conf": "[mine]\nsecret=x\nread=call\n",
        "musiconhold-custom.conf": f"[mine]\nmode=files\ndirectory={BUILT_IN}\n",
    }
    asterisk = await parley_asterisk(custom=custom)
    rx = asterisk.instance.rx
    assert "NoOp(hello)" in await rx("dialplan show mine")
    assert "mine" in await rx("pjsip show endpoint mine")
    assert ": mine" in await rx("pjsip show endpoint demo-carrier")
    assert "app_morsecode.so" in await rx("module show like morsecode")
    assert "username: mine" in await rx("manager show user mine")
    assert "Class: mine" in await rx("moh show classes")


async def test_names_of_people_may_be_anything(parley_asterisk: ParleyAsteriskFactory) -> None:
    """...and what Asterisk makes of them is only a name."""
    asterisk = await parley_asterisk(
        {"agents.hacker": "{extension: 6055, name: {en: 'Eve \"x\" <1>; ${SHELL(id)} 王'}}"}
    )
    shown = await asterisk.instance.rx("pjsip show endpoint 6055")
    line = next(line for line in shown.splitlines() if line.strip().startswith("callerid "))
    assert line.split(":", 1)[1].strip() == '"Eve x 1 SHELL id 王" <6055>'
    assert asterisk.complaints == []


async def test_the_bench_may_have_asterisks_own_queue(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk(bench_queue=True)
    assert "app_queue.so" in await asterisk.instance.rx("module show like app_queue")
    assert asterisk.complaints == []
