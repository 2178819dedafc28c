"""``parley understand`` and ``parley intents`` as a person and as a script use them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.app.test_cli_config import parley
from tests.config.files import SMALL, write


def test_what_is_made_of_words() -> None:
    done = parley(
        "understand", "--json",
        "my name is John Smith and my card is 4111 1111", "then 1111 1111, I want to complain",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "4111" not in done.stdout
    first, second = json.loads(done.stdout)
    assert first["masked"] == "my name is John Smith and my card is •••• ••••"
    assert [fact["value"] for fact in first["facts"]] == ["John Smith"]
    assert [(f["kind"], f["value"], f["valid"]) for f in second["facts"]] == [
        ("card", "••••1111", True)
    ]
    assert second["sentiment"]["label"] == "negative"


def test_for_people_in_chinese() -> None:
    done = parley("understand", "我叫张伟，我的卡丢了，昨天被刷了三百块")
    assert done.returncode == 0, done.stderr
    for words in ("我叫张伟", "张伟", "CNY 300.00", "lost_card", "sentiment"):
        assert words in done.stdout


def test_the_configuration_counts(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        f"{SMALL}understanding: {{orders: {{own: 'JR[0-9]{{8}}'}}, products: {{JadePay: []}}, "
        "keep_last: 4}\n",
    )
    done = parley(
        "understand", "--json", "--config", str(main),
        "J R two zero two four zero eight one five for jade pay, card 4111111111111111",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)
    assert [f["value"] for f in found["facts"]] == ["JR20240815", "JadePay", "••••1111"]
    assert found["masked"].endswith("••••••••••••1111")


def test_a_pattern_that_is_none_is_a_configuration_error(tmp_path: Path) -> None:
    main = write(tmp_path, f"{SMALL}understanding: {{orders: {{own: '['}}}}\n")
    done = parley("understand", "hello", "--config", str(main))
    assert done.returncode == 2
    assert "allowed: a regular expression" in done.stderr


def test_intents_are_trained_and_tested(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "cancel: [cancel my order, I want to cancel, stop the order, please cancel it]\n"
        "track: [where is my parcel, track my parcel, when does the parcel come, parcel status]\n",
        encoding="utf-8",
    )
    out = tmp_path / "own.npz"
    done = parley("intents", "train", str(file), "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["intents"] == 2
    done = parley("intents", "test", str(out), "where", "is", "the", "parcel", "--json")
    assert json.loads(done.stdout)["top"][0]["label"] == "track"
    done = parley("intents", "test", str(out), str(file), "--json")
    assert json.loads(done.stdout)["accuracy"] == 1.0
    done = parley("intents", "test", "sample", "我的卡丢了")
    assert done.stdout.startswith("lost_card")


def test_bad_examples_are_the_users_to_put_right(tmp_path: Path) -> None:
    done = parley("intents", "train", str(tmp_path / "no.csv"), "--out", str(tmp_path / "m.npz"))
    assert done.returncode == 2
    assert "There is no file" in done.stderr
