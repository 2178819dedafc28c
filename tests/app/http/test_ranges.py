"""Range and conditional requests, as RFC 9110 has them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from aiohttp.test_utils import make_mocked_request

from app.http.ranges import Answer, answer

SIZE, ETAG, MODIFIED = 1000, "abc-1", 1_700_000_000.7


def asked(method: str = "GET", **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(make_mocked_request(method, "/", headers=names), SIZE, ETAG, MODIFIED)


def date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def test_without_conditions_all_of_it() -> None:
    whole = asked()
    assert (whole.status, whole.start, whole.length) == (200, 0, SIZE)
    assert whole.headers == {
        "ETag": '"abc-1"', "Accept-Ranges": "bytes", "Last-Modified": date(1_700_000_000),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=500-", 500, 500),
        ("bytes=-1", 999, 1),
        ("bytes=-5000", 0, 1000),
        ("bytes=990-5000", 990, 10),
        ("bytes=999-999", 999, 1),
        ("BYTES=1-2", 1, 2),
        ("bytes= 1-2 ", 1, 2),
    ],
)
def test_a_part(text: str, start: int, length: int) -> None:
    found = asked(Range=text)
    assert (found.status, found.start, found.length) == (206, start, length)
    assert found.headers["Content-Range"] == f"bytes {start}-{start + length - 1}/1000"


@pytest.mark.parametrize("text", ["bytes=1000-", "bytes=1000-1001", "bytes=5000-6000", "bytes=-0"])
def test_nothing_of_it_is_there(text: str) -> None:
    found = asked(Range=text)
    assert (found.status, found.length) == (416, 0)
    assert found.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize(
    "text",
    ["bytes=2-1", "bytes=-", "bytes=", "bytes", "items=0-1", "bytes=a-b", "bytes=0-1,5-6", "",
     "bytes=0x1-2", "bytes=1-2-3", f"bytes={'9' * 40}-", "bytes=+1-2", "bytes=１-２"],
)  # fmt: skip
def test_what_is_no_single_range_is_as_if_not_sent(text: str) -> None:
    found = asked(Range=text)
    assert (found.status, found.length) == (200, SIZE)
    assert "Content-Range" not in found.headers


def test_ranges_are_for_get_only() -> None:
    assert asked("HEAD", Range="bytes=0-1").status == 200


@pytest.mark.parametrize(
    ("if_range", "status"),
    [('"abc-1"', 206), ('"other"', 200), ('W/"abc-1"', 200), (date(MODIFIED), 200), ("", 200)],
)
def test_if_range(if_range: str, status: int) -> None:
    assert asked(Range="bytes=0-1", If_Range=if_range).status == status
    assert asked(If_Range=if_range).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": '"abc-1"'}, 304),
        ({"If_None_Match": 'W/"abc-1"'}, 304),
        ({"If_None_Match": '"x", "abc-1"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"x"'}, 200),
        ({"If_None_Match": '"x"', "If_Modified_Since": date(MODIFIED)}, 200),
        ({"If_Modified_Since": date(MODIFIED)}, 304),
        ({"If_Modified_Since": date(MODIFIED - 5)}, 200),
        ({"If_Modified_Since": "yesterday"}, 200),
        ({"If_Match": '"abc-1"'}, 200),
        ({"If_Match": "*"}, 200),
        ({"If_Match": 'W/"abc-1"'}, 412),
        ({"If_Match": '"x"'}, 412),
        ({"If_Unmodified_Since": date(MODIFIED)}, 200),
        ({"If_Unmodified_Since": date(MODIFIED - 5)}, 412),
        ({"If_Match": '"abc-1"', "If_Unmodified_Since": date(MODIFIED - 5)}, 200),
        ({"If_Match": '"x"', "If_None_Match": '"abc-1"'}, 412),
        ({"If_None_Match": '"abc-1"', "Range": "bytes=0-1"}, 304),
    ],
)
def test_conditions(headers: dict[str, str], status: int) -> None:
    found = asked(**headers)
    assert found.status == status
    assert found.headers["ETag"] == '"abc-1"'
