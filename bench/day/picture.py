"""The day as a picture: an SVG, written by hand so that nothing has to be installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from bench.day.figures import DayFigures

_WIDTH, _LEFT, _RIGHT = 1000, 64, 170
_PANEL, _GAP, _TOP = 190, 56, 60
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "", "")
_TEXT = 'font-family="Helvetica, Arial, sans-serif" fill="#222222"'


def draw(title: str, figures: Mapping[str, DayFigures]) -> str:
    """Service level and waiting of voice by half hour, a line for each of ``figures``, and
    what arrived by medium."""
    first = next(iter(figures.values()))
    opens = min((half.at for half in first.course), default=0.0)
    slots = max((len(row) for row in first.arrived.values()), default=1)
    hours = [opens + slot / 2 for slot in range(slots + 1)]
    parts = [_text(_LEFT, 30, title, size=17, weight="bold")]
    level = {
        name: [(half.at, half.service_level) for half in f.course] for name, f in figures.items()
    }
    waits = {name: [(half.at, half.wait) for half in f.course] for name, f in figures.items()}
    parts += _lines(0, "Service level, voice (% answered within target)", hours, level, 100)
    most = max((value for row in waits.values() for _, value in row), default=1)
    parts += _lines(1, "Mean time to answer, voice (s)", hours, waits, _round_up(most))
    parts += _stack(2, "Contacts arriving in each half hour", hours, first.arrived)
    height = _top(3) + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}">\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _top(panel: int) -> int:
    return _TOP + panel * (_PANEL + _GAP)


def _round_up(value: float) -> float:
    """To a figure that four grid lines divide well."""
    step = 4.0
    while True:
        for factor in (1, 2, 2.5, 5):
            if value <= step * factor:
                return step * factor
        step *= 10


def _text(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" {_TEXT} font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )


def _scales(
    panel: int, hours: Sequence[float], most: float
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    span = hours[-1] - hours[0] or 1.0
    wide, bottom = _WIDTH - _LEFT - _RIGHT, _top(panel) + _PANEL
    return (
        lambda hour: _LEFT + (hour - hours[0]) / span * wide,
        lambda value: bottom - min(value, most) / most * _PANEL,
    )


def _frame(panel: int, title: str, hours: Sequence[float], most: float) -> list[str]:
    x, y = _scales(panel, hours, most)
    parts = [_text(_LEFT, _top(panel) - 9, title, size=13, weight="bold")]
    for i in range(5):
        value = most * i / 4
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            'stroke="#dddddd"/>'
        )
        parts.append(_text(_LEFT - 8, y(value) + 4, f"{value:g}", anchor="end"))
    every = max(1, len(hours) // 9)
    for hour in hours[::every]:
        clock = f"{int(hour):02d}:{round(hour % 1 * 60):02d}"
        parts.append(_text(x(hour), _top(panel) + _PANEL + 17, clock, anchor="middle"))
    return parts


def _lines(
    panel: int,
    title: str,
    hours: Sequence[float],
    rows: Mapping[str, Sequence[tuple[float, float]]],
    most: float,
) -> list[str]:
    """A half hour's value stands in its middle."""  # fmt: skip
    x, y = _scales(panel, hours, most)
    parts = _frame(panel, title, hours, most)
    for i, (name, row) in enumerate(rows.items()):
        colour, dash = _COLOURS[i % len(_COLOURS)], _DASHES[i % len(_DASHES)]
        style = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        points = " ".join(f"{x(hour + 0.25):.1f},{y(value):.1f}" for hour, value in row)
        parts.append(f'<polyline points="{points}" fill="none" {style}/>')
        at = _top(panel) + 12 + 20 * i
        left = _WIDTH - _RIGHT + 14
        parts.append(f'<line x1="{left}" x2="{left + 28}" y1="{at}" y2="{at}" {style}/>')
        parts.append(_text(left + 34, at + 4, name))
    return parts


def _stack(
    panel: int, title: str, hours: Sequence[float], rows: Mapping[str, Sequence[int]]
) -> list[str]:
    count = len(hours) - 1
    most = _round_up(max(sum(row[i] for row in rows.values()) for i in range(count)))
    x, y = _scales(panel, hours, most)
    parts = _frame(panel, title, hours, most)
    for slot in range(count):
        below = 0.0
        for i, row in enumerate(rows.values()):
            top, bottom = y(below + row[slot]), y(below)
            below += row[slot]
            parts.append(
                f'<rect x="{x(hours[slot]) + 1:.1f}" y="{top:.1f}" '
                f'width="{x(hours[1]) - x(hours[0]) - 2:.1f}" height="{bottom - top:.1f}" '
                f'fill="{_COLOURS[i % len(_COLOURS)]}" fill-opacity="0.75"/>'
            )
    for i, name in enumerate(rows):
        at, left = _top(panel) + 6 + 20 * i, _WIDTH - _RIGHT + 14
        parts.append(
            f'<rect x="{left}" y="{at}" width="14" height="12" '
            f'fill="{_COLOURS[i % len(_COLOURS)]}" fill-opacity="0.75"/>'
        )
        parts.append(_text(left + 20, at + 11, name))
    return parts
