"""Digits that count something, by the unit after them or the sign before them."""

from __future__ import annotations

import re

_AFTER = re.compile(
    r"\s*(?:%|percent\b|per cent\b|dollars?\b|bucks?\b|cents?\b|pounds?\b|quid\b|euros?\b|pence\b"
    r"|yuan\b|rmb\b|usd\b|o'?clock\b|[ap]\.?m\b|minutes?\b|hours?\b|days?\b|weeks?\b|months?\b"
    r"|years?\b|times\b|digits?\b|numbers?\b|st\b|nd\b|rd\b|th\b"
    r"|元|块|毛|角|位|美元|美金|欧元|英镑|港币|年|月|日|天|点|小时|分钟|秒|岁|个|次|折|期|万|千|百|亿)"
)
_BEFORE = re.compile(r"[$¥€£￥]\s*[\d,.]*$|第$")


def is_quantity(folded: str, start: int, end: int) -> bool:
    """Whether the digits from ``start`` to ``end`` of folded text count something."""
    return bool(_AFTER.match(folded, end) or _BEFORE.search(folded, max(0, start - 16), start))
