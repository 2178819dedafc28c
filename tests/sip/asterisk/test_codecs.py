"""Codecs that this Asterisk has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.load import load
from config.secrets import Secrets
from sip.asterisk.codecs import NoUsableCodec, check_codecs
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.pjsip_conf import pjsip_conf
from sip.asterisk.generate.write import generate
from sip.asterisk.layout import AsteriskLayout
from sip.asterisk.programs import Programs
from tests.support.installation import CONFIG

WITHOUT_OPUS = frozenset({"codec_alaw", "codec_ulaw", "codec_g722", "codec_gsm"})


@pytest.mark.parametrize("key", ["sip.codecs", "trunks.demo-carrier.codecs"])
def test_opus_alone_without_its_module_is_refused(tmp_path: Path, key: str) -> None:
    """It would generate an empty 'allow=', with which every call fails."""
    settings = load(CONFIG, environ={}, overrides={key: "[opus]"}).settings
    with pytest.raises(NoUsableCodec, match=key):
        check_codecs(settings, WITHOUT_OPUS)
    with pytest.raises(NoUsableCodec, match=key):
        pjsip_conf(settings, Secrets(tmp_path, environ={}), WITHOUT_OPUS)
    check_codecs(settings, WITHOUT_OPUS | {"codec_opus_open_source"})


def test_others_beside_it_are_used(tmp_path: Path) -> None:
    settings = load(CONFIG, environ={}, overrides={"sip.codecs": "[opus, alaw]"}).settings
    text = pjsip_conf(settings, Secrets(tmp_path, environ={}), WITHOUT_OPUS)
    assert "allow=alaw\n" in text
    assert "allow=\n" not in text


def test_this_asterisk_has_those_of_the_tests(tmp_path: Path, programs: Programs) -> None:
    settings = load(CONFIG, environ={}).settings
    generate(
        settings,
        Secrets(tmp_path, environ={}),
        AsteriskLayout(InstanceFolders(tmp_path / "a"), programs),
    )
