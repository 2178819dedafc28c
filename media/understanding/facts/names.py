"""Names that people say of themselves: 'my name is', 'this is ... speaking', 我叫, 免贵姓."""

from __future__ import annotations

import re
from collections.abc import Iterator

from media.understanding.characters import CJK
from media.understanding.facts.model import Fact, FactKind, Span

# The surnames of nine in ten people in China, and the usual compound ones.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田"
    "杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严"
    "尹钱施牛洪龚汤陶黎温莫易樊乔文安殷颜庄章鲁倪庞邢俞翟蓝聂齐向申葛岳柴瞿骆欧伍覃关焦柳尚祝纪舒耿季"
    "符房盛詹甘翁左管裴祁梅童霍辛阮包尤凌闫肖毕成华曲卜辜游阳单谷宁代麦涂娄苗"
)
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "令狐", "慕容", "尉迟", "夏侯")
_SURNAME = f"(?:{'|'.join(COMPOUND)}|[{SURNAMES}])"
_TITLE = "先生|女士|小姐|太太|同学|老师|师傅"
# Characters that do not begin or end a given name but go on with the sentence.
_NOT_GIVEN = "的了吗呢吧啊是在有和跟我你他她这那想要来打电话不就也都还很给请问先女小"
_GIVEN = f"[{CJK}]"
_ZH = re.compile(
    rf"(?P<cue>我(?:的名字)?(?:叫做?|是叫)|我的名字是|名字(?:叫|是)|本人叫?|我是|这里是|敝姓|免贵姓|我姓|姓名是?[:：]?)"
    rf"\s*(?P<surname>{_SURNAME})(?P<given>{_GIVEN}{{0,2}})"
)
_ZH_ANY = re.compile(
    rf"(?P<cue>我(?:的名字)?叫做?|我的名字(?:是|叫))\s*(?P<name>{_GIVEN}{{2,3}})(?=[,，。.！!？?\s]|$)"
)
_CALLED = re.compile(
    r"\b(?:my (?:full |last |first )?name(?:'s| is)|my name would be|name is|i am called"
    r"|they call me|the name's)\s+"
)
_THIS_IS = re.compile(r"\b(?:this is|it's|i'm|i am|speaking is)\s+")
_EN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]{2,})*")
_STOP = frozenset(
    re.findall(
        r"\S+",
        "and i i'm im i've i'd my calling from here speaking with the a an but so because you not "
        "is was to in on at for of or if it its it's that this your please thanks thank sorry "
        "yes no ok okay just very really quite also still who what where when how can could would "
        "will having have has had got trying looking wondering about again back there by as we "
        "account phone number email order card done fine good great sure happy angry upset "
        "interested ready available afraid going getting calling waiting correct right wrong "
        "customer client member new one all only too out up over",
    )
)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "mr.", "mrs.", "ms.", "dr."})
_MOST_WORDS = 3


def find_names(text: str, folded: str) -> Iterator[Fact]:
    """Candidates, which may overlap. ``text`` tells names from other words by capitals,
    where it has any."""
    yield from _chinese(text, folded)
    yield from _english(text, folded)


def _chinese(text: str, folded: str) -> Iterator[Fact]:
    for match in _ZH.finditer(folded):
        surname, given = match["surname"], match["given"]
        for title in _TITLE.split("|"):
            if given.startswith(title[0]) and folded.startswith(title, match.end("surname")):
                given = ""
        cut = next((i for i, c in enumerate(given) if c in _NOT_GIVEN), len(given))
        given = given[:cut]
        only_surname = "姓" in match["cue"]
        if not given and not only_surname:
            continue
        weak = match["cue"] in ("我是", "这里是", "本人")
        end = match.end("surname") + len(given)
        following = folded[end : end + 1]
        if weak and (not given or (following and re.match(rf"[{CJK}]", following))):
            continue
        confidence = 0.6 if weak else (0.9 if given or only_surname else 0.7)
        start = match.start("surname")
        data = {"surname": surname} if only_surname and not given else {}
        yield Fact(FactKind.NAME, text[start:end], (Span(start, end),), confidence, None, data)
    for match in _ZH_ANY.finditer(folded):
        if not any(c in _NOT_GIVEN for c in match["name"]):
            start, end = match.span("name")
            yield Fact(FactKind.NAME, text[start:end], (Span(start, end),), 0.65)


def _english(text: str, folded: str) -> Iterator[Fact]:
    for cue, base in ((_CALLED, 0.92), (_THIS_IS, 0.7)):
        for match in cue.finditer(folded):
            words = _name_words(text, folded, match.end())
            if not words:
                continue
            start, end = words[0].start(), words[-1].end()
            said = text[start:end]
            capital = all(text[w.start()].isupper() for w in words)
            lower = text == folded
            speaking = folded[end:].lstrip().startswith(("speaking", "here", "calling", "from"))
            if base < 0.9 and not (capital and not lower) and not speaking:
                continue  # 'I'm waiting' is no name
            spelled = len(words) > 2 and all(len(w.group()) == 1 for w in words)
            name = "".join(w.group() for w in words) if spelled else said
            confidence = base if capital or speaking else base - 0.17
            yield Fact(FactKind.NAME, _written(name), (Span(start, end),), confidence)


def _name_words(text: str, folded: str, at: int) -> list[re.Match[str]]:
    """Words from ``at`` on that can be a name, titles left out."""
    words: list[re.Match[str]] = []
    capitals = text != folded
    for match in _EN_WORD.finditer(folded, at):
        between = folded[at : match.start()]
        if between.strip(" -.") or (words and "." in between and len(words[-1].group()) > 3):
            break
        at = match.end()
        word = match.group()
        if word in _TITLES and not words:
            continue
        spelled = len(word) == 1 and all(len(w.group()) == 1 for w in words)
        if (word in _STOP and not (spelled and words)) or (
            not word.isascii() and not word.isalpha()
        ):
            break
        if (
            capitals
            and words
            and text[match.start()].islower()
            and text[words[0].start()].isupper()
        ):
            break
        if len(words) == _MOST_WORDS and not spelled:
            break
        words.append(match)
        if len(words) >= 20:
            break
    return words


def _written(name: str) -> str:
    """With capitals where recognisers leave them out."""
    if name != name.lower():
        return name
    return re.sub(r"(?:^|(?<=[\s'’-]))[^\W\d_]", lambda m: m.group().upper(), name)
