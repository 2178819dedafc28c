"""No configured value can write a line, a section or an expression of its own.

Each text of the settings is replaced, past all validation, by each of a list of
hostile ones. Then either nothing is generated, or files with nothing added.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from config.agents import AgentSettings
from config.base import Label
from config.load import SAMPLE, load
from config.model import Settings, UnknownName
from config.secrets import SecretMissing, Secrets
from sip.asterisk.codecs import NoUsableCodec
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.text import UnsafeValue
from sip.asterisk.generate.write import render
from sip.asterisk.layout import AsteriskLayout
from sip.asterisk.programs import Programs
from tests.support.conf_reader import read_conf

REGISTERED = ("agents", "wang.fang", "phone")  # any other text is a desk phone's address
# These choose between shapes of the files; what they hold is written nowhere.
CHOICES = (REGISTERED, ("phones", "several"))

REFUSALS = (UnsafeValue, UnknownName, SecretMissing, NoUsableCodec, ValueError)

HOSTILE = (
    "x\n[evil]\ntype=endpoint\ncontext=parley-outbound",
    "x\r\nexten => s,1,System(id)",
    "x\x0bexten",
    "x\u2028exten => s,1,System(id)",
    "x\n#exec /bin/id",
    "#include /etc/passwd",
    "x;y",
    "x ;-- y",
    "x\\",
    "x\\;y",
    "${SHELL(id)}",
    "$[1+1]",
    "x,1)&Dial(PJSIP/1@demo-carrier",
    "x)\n same => n,Dial(PJSIP/1)",
    "6001,1,System(id)",
    "]x[",
    'Eve" <sip:eve@example.com>',
    "x=>y",
    " x ",
    "",
    "x\x00y",
    "x" * 5000,
)


def texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is a text (or path) in the settings, dictionary keys included."""
    if isinstance(value, Label):
        yield from texts(value.root, (*path, "root"))
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name), (*path, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, (*path, key))
    elif isinstance(value, (tuple, list)):
        for index, item in enumerate(value):
            yield from texts(item, (*path, index))
    elif isinstance(value, (str, Path)):
        yield path


def replaced(value: Any, path: tuple[Any, ...], new: str) -> Any:
    """A copy with the text at ``path`` replaced, validated by nothing."""
    if not path:
        return Path(f"/x/{new}") if isinstance(value, Path) else new
    head, rest = path[0], path[1:]
    if isinstance(value, Label):
        return Label.model_construct(replaced(value.root, rest, new))
    if isinstance(value, BaseModel):
        return value.model_copy(update={head: replaced(getattr(value, head), rest, new)})
    if isinstance(value, dict):
        return {k: replaced(v, rest, new) if k == head else v for k, v in value.items()}
    return tuple(replaced(v, rest, new) if i == head else v for i, v in enumerate(value))


def shape(files: dict[str, str]) -> Counter[tuple[str, str, str]]:
    """What a value must not add to: sections and keys of each file, applications and
    computations of the dialplan."""
    found: Counter[tuple[str, str, str]] = Counter()
    for name, text in files.items():
        for section, pairs in read_conf(text):
            found[name, section, ""] += 1
            found.update((name, section, key) for key, _ in pairs)
    for _, pairs in read_conf(files["extensions.conf"]):
        applications = [
            match[1]
            for key, value in pairs
            if key in ("exten", "same") and (match := _APPLICATION.search(value))
        ]
        found.update(("application", "", name) for name in applications)
    for sign in ("${", "$["):
        found["sign", "", sign] = files["extensions.conf"].count(sign)
    return found


_APPLICATION = re.compile(r",([A-Za-z]+)\(")  # n(label),Hangup(16); 4001,1,Goto(x,s,1)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The sample company with every kind of value that gets into Asterisk's files."""
    folder = tmp_path_factory.mktemp("full")
    for name in ("a.pem", "b.pem", "jazz.wav"):
        (folder / name).touch()
    overrides = {
        "sip.external_address": "203.0.113.5",
        "sip.local_networks": "[10.0.0.0/8]",
        "sip.tls": f"{{certificate: {folder}/a.pem, private_key_file: {folder}/b.pem}}",
        "trunks.demo-carrier.hosts": "[192.0.2.7]",
        "trunks.demo-carrier.carrier": "{host: sip.example, username: u, secret: s, realm: r, "
        "register_expiry_seconds: 300, transport: tcp}",
        "media.music": f"{{jazz: {folder}}}",
        "routes.national.caller_id": "4001",
        "server.asterisk.custom_dir": str(folder),
    }
    found = load(SAMPLE, environ={}, overrides=overrides).settings
    desk = AgentSettings(extension="6099", phone="sip:6099@192.0.2.50:5060;transport=tcp")
    agents = {"wang.fang": found.agents["wang.fang"], "desk": desk}
    return found.model_copy(update={"agents": agents})


def matters(
    path: tuple[Any, ...],
    settings: Settings,
    secrets: Secrets,
    layout: AsteriskLayout,
    plain: dict[str, str],
) -> bool:
    """Whether what stands at ``path`` gets into Asterisk's files at all."""
    try:
        return render(replaced(settings, path, "x1"), secrets, layout) != plain
    except REFUSALS:
        return True


def test_hostile_values_change_nothing_but_themselves(
    settings: Settings, tmp_path: Path, programs: Programs
) -> None:
    layout = AsteriskLayout(InstanceFolders(tmp_path), programs)
    secrets = Secrets(tmp_path, environ={"PARLEY_SECRET_S": "x"})
    plain = render(settings, secrets, layout)
    expected = shape(plain)
    written = refused = 0
    for path in texts(settings):
        if path in CHOICES or not matters(path, settings, secrets, layout, plain):
            continue
        for hostile in HOSTILE:
            changed = replaced(settings, path, hostile)
            try:
                files = render(changed, secrets, layout)
            except REFUSALS:
                refused += 1
                continue
            written += 1
            assert shape(files) - expected == Counter(), (path, hostile)
    assert written > 100, "harmless places, such as a person's name, still work"
    assert refused > 500


def test_secrets_cannot_inject_either(
    settings: Settings, tmp_path: Path, programs: Programs
) -> None:
    layout = AsteriskLayout(InstanceFolders(tmp_path), programs)
    base = {"PARLEY_SECRET_S": "x"}
    expected = shape(render(settings, Secrets(tmp_path, environ=base), layout))
    for name in ("AMI", "S", "TRUNK_DEMO_CARRIER", "PHONE_6001"):
        for hostile in ("a;b", "a;--b", "${X}", "[a]", '"', "a=>b", "\\;"):
            environ = {**base, f"PARLEY_SECRET_{name}": hostile}
            files = render(settings, Secrets(tmp_path, environ=environ), layout)
            assert shape(files) == expected, (name, hostile)


def test_passwords_are_nowhere_but_in_the_manager_file(
    settings: Settings, tmp_path: Path, programs: Programs
) -> None:
    environ = {
        f"PARLEY_SECRET_{name}": f"plain-{name}"
        for name in ("AMI", "S", "TRUNK_DEMO_CARRIER", "PHONE_6001", "SELFTEST_AGENT")
    }
    layout = AsteriskLayout(InstanceFolders(tmp_path), programs)
    files = render(settings, Secrets(tmp_path, environ=environ), layout)
    holding = [name for name, text in files.items() if "plain-" in text]
    assert holding == ["manager.conf"], "the manager protocol needs it in plain text"
    assert files["manager.conf"].count("plain-") == 1
    assert "password" not in files["pjsip.conf"]
