"""Files, environment and overrides become one set of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.load import SAMPLE, find_config, load
from config.model import UnknownName
from config.place import Place
from config.problems import ConfigError
from tests.config.files import SMALL, loaded, write


def test_the_sample_company_is_valid_and_bilingual() -> None:
    found = load(SAMPLE, environ={})
    settings = found.settings
    assert found.warnings == ()
    assert settings.company.name.text("zh-CN") == "玉河"
    assert settings.company.name.text("en-GB") == "Jade River"
    assert set(settings.numbers) >= {"4001", "4002"}
    assert set(settings.queues) == {"cards", "loans", "accounts", "operator"}
    assert len([a for a in settings.agents.values() if a.is_supervisor]) == 2
    assert len(settings.agents) >= 10
    assert {a.extension for a in settings.agents.values()} >= {"6001", "6002"}
    labels = [queue.label for queue in settings.queues.values()]
    labels += [number.label for number in settings.numbers.values()]
    assert all(set(label.root) == {"zh-CN", "en"} for label in labels)


def test_scalars_are_taken_as_written(tmp_path: Path) -> None:
    text = SMALL.replace("[zh-CN, en]", "[zh-CN, no, en]").replace('"4001"', "0400123")
    text += "not_ready_reasons: {off: {label: on}}\nhours: {o: {weekly: {mon: [9:00-17:30]}}}\n"
    settings = loaded(write(tmp_path, text)).settings
    assert settings.company.languages == ("zh-CN", "no", "en"), "not: false"
    assert "0400123" in settings.numbers, "not octal"
    assert settings.not_ready_reasons["off"].label.text("en") == "on"
    assert settings.hours["o"].weekly == {"mon": ("9:00-17:30",)}, "not 9 * 60"


def test_values_are_plain_types(tmp_path: Path) -> None:
    settings = loaded(write(tmp_path)).settings
    assert type(settings.company.time_zone) is str
    assert type(settings.trunks["carrier"].secret) is str
    assert type(next(iter(settings.queues))) is str
    assert settings.queues["cards"].name == "cards"
    assert settings.agents["ann"].id == "ann"
    assert settings.numbers["4001"].number == "4001"


def test_includes_spread_sections_over_files(tmp_path: Path) -> None:
    main = write(
        tmp_path, f"include: ['more*.yaml']\n{SMALL}",
        more_a="agents: {bob: {extension: 6002}}\n", more_b="agents: {eve: {extension: 6003}}\n",
    )  # fmt: skip
    found = loaded(main)
    assert list(found.settings.agents) == ["ann", "bob", "eve"]
    assert found.origin(("agents", "bob", "extension")) == Place("more_a.yaml", 1, tmp_path)
    assert [file.name for file in found.files] == ["parley.yaml", "more_a.yaml", "more_b.yaml"]


def test_an_included_file_cannot_include(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only the main file may include"):
        loaded(write(tmp_path, f"include: more.yaml\n{SMALL}", more="include: main.yaml\n"))


def test_a_folder_is_its_parley_yaml_or_all_its_files(tmp_path: Path) -> None:
    main = write(tmp_path)
    assert loaded(tmp_path).settings == loaded(main).settings
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "a.yaml").write_text("company: {name: A}\n")
    (parts / "b.yaml").write_text("skills: {cards: Cards}\n")
    settings = loaded(parts).settings
    assert settings.company.name.text("en") == "A"
    assert "cards" in settings.skills


def test_paths_start_at_the_file_that_names_them(tmp_path: Path) -> None:
    settings = loaded(write(tmp_path)).settings
    assert settings.flow("main") == tmp_path / "main.yaml"


def test_the_environment_wins_over_files(tmp_path: Path) -> None:
    main = write(tmp_path, f"{SMALL}sip: {{port: 5070}}\n")
    found = loaded(
        main,
        {
            "PARLEY_SIP__PORT": "5071",
            "PARLEY_WEB_PORT": "9090",
            "PARLEY_QUEUES__CARDS__SERVICE_LEVEL__SECONDS": "7",
            "PARLEY_SIP__CODECS": "[opus, alaw]",
            "REDIS_URL": "redis://:pw@db/1",
            "DATABASE_URL": "",
            "HOME": "/nowhere",
        },
    )
    settings = found.settings
    assert settings.sip.port == 5071
    assert settings.server.web.port == 9090
    assert settings.queues["cards"].service_level.seconds == 7
    assert settings.sip.codecs == ("opus", "alaw")
    assert settings.server.redis_url == "redis://:pw@db/1", "a password may come from there"
    assert settings.server.database_url == "embedded", "empty is not given"
    assert str(found.origin(("sip", "port"))) == "environment variable PARLEY_SIP__PORT"
    assert found.warnings == ()


def test_names_in_the_environment_match_whatever_their_punctuation(tmp_path: Path) -> None:
    text = SMALL.replace("ann:", "ann.lee-jones:")
    found = loaded(write(tmp_path, text), {"PARLEY_AGENTS__ANN_LEE_JONES__EXTENSION": "6055"})
    assert found.settings.agents["ann.lee-jones"].extension == "6055"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "PARLEY_SIP__PROT",
            "1",
            "environment variable PARLEY_SIP__PROT: sip.prot: unknown key; allowed: ",
        ),
        (
            "PARLEY_SIP__PORT",
            "high",
            "environment variable PARLEY_SIP__PORT: sip.port: found 'high'; allowed: ",
        ),
        (
            "PARLEY_SIP__PORT__X",
            "1",
            "environment variable PARLEY_SIP__PORT__X: sip.port.x: sip.port has no keys",
        ),
        (
            "DATABASE_URL",
            "mysql://me:geheim@h/x",
            "environment variable DATABASE_URL: server.database_url: found a value that is not "
            "shown; allowed: 'embedded'",
        ),
        (
            "PARLEY_SIP__CODECS",
            "[alaw",
            "environment variable PARLEY_SIP__CODECS:1: is not YAML: ",
        ),
    ],
)
def test_mistakes_in_the_environment(
    tmp_path: Path, variable: str, value: str, message: str
) -> None:
    text = SMALL + "sip: {port: 5070}\n"
    with pytest.raises(ConfigError) as caught:
        loaded(write(tmp_path, text), {variable: value})
    assert len(caught.value.problems) == 1
    assert str(caught.value.problems[0]).startswith(message)
    assert "geheim" not in str(caught.value)


def test_an_unknown_variable_of_ours_is_a_warning(tmp_path: Path) -> None:
    warnings = loaded(write(tmp_path), {"PARLEY_WEB_PROT": "1", "PARLEY_SECRET_AMI": "x"}).warnings
    assert [w.meant for w in warnings] == ["PARLEY_WEB_PORT"]


def test_overrides_win_over_everything(tmp_path: Path) -> None:
    found = load(
        write(tmp_path), environ={"PARLEY_SIP_PORT": "5071"}, overrides={"sip.port": "5072"}
    )
    assert found.settings.sip.port == 5072


def test_a_queue_that_nobody_can_serve_is_a_warning(tmp_path: Path) -> None:
    warnings = loaded(write(tmp_path, SMALL.replace("{cards: 5}", "{cards: 2}"))).warnings
    assert [str(w) for w in warnings] == [
        "parley.yaml:8: queues.cards.skills: no agent has these skills; contacts will wait in vain"
    ]


def test_asking_for_what_is_not_there(tmp_path: Path) -> None:
    settings = loaded(write(tmp_path)).settings
    with pytest.raises(UnknownName, match=r"There is no queue 'card'\. Did you mean 'cards'\?"):
        settings.queue("card")
    assert settings.agent_of_extension("6001") is settings.agent("ann")
    assert settings.agent_of_extension("6999") is None


def test_which_configuration_is_found(tmp_path: Path) -> None:
    main = write(tmp_path)
    assert find_config({"PARLEY_CONFIG": str(main)}) == main


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = loaded(write(tmp_path)).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.sip.port = 1
