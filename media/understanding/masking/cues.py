"""Words that say what kind of number follows."""

from __future__ import annotations

import re

from media.understanding.characters import fold

# A secret: never kept, whatever its digits.
SECRET = re.compile(
    r"\bcvv2?\b|\bcvc2?\b|\bcvn\b|\bc v v\b|\bsecurity (?:code|number)\b|\bcard verification\b"
    r"|\b(?:three|3|four|4)[- ]digits?(?: code| number)? on the back\b|\bpin(?: code| number)?\b"
    r"|\bpass ?(?:word|code)s?\b|\bone[- ]time (?:code|password)\b|\botp\b"
    r"|\bverification code\b|\bauthenti(?:cation|cator) code\b"
    r"|安全码|校验码|验证码|动态码|动态密码|口令|密码|背面.{0,6}[三3]位|[三3]位数?(?:字|码)|后三码"
)
# A social security number.
SOCIAL = re.compile(r"\bsocial(?: security)?(?: number)?\b|\bssn\b|社会?安全号|社保号")
SOCIAL_FORM = re.compile(r"(?<!\d)(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?!\d)")
# Something that is surely neither card nor identity number.
OTHER = re.compile(
    r"\b(?:order|tracking|parcel|invoice|ticket|case|reference|booking|confirmation|serial"
    r"|room|flight|employee|staff|agent|extension|postal|zip|phone|mobile|cell|telephone"
    r"|contact|policy)\b(?: (?:number|code|no|id))?"
    r"|订单|单号|运单|快递|工单|发票|流水|票号|编号|房间|航班|工号|分机|邮编|电话|手机|联系方式|序列号|保单"
)
_WITHIN = 24


def announced(pattern: re.Pattern[str], folded: str, start: int) -> bool:
    """Whether ``pattern`` stands shortly before the digits that begin at ``start``, and no
    other digits between."""
    before = folded[max(0, start - 64) : start]
    last = None
    for last in pattern.finditer(before):  # noqa: B007
        pass
    return last is not None and len(before) - last.end() <= _WITHIN


def asks_for_secret(text: str) -> bool:
    """Whether a side of the conversation speaks of a secret number, so that the next short
    number of either side is one."""
    return SECRET.search(fold(text)) is not None
