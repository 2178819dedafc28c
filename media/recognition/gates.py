"""Telling what was said from what Whisper made up.

Whisper was trained on subtitles: of silence, noise and music it makes thanks for
watching, and of a stretch it cannot follow, loops. The limits were measured on
telephone speech in Chinese and English, and on noise, tones and music.
"""

from __future__ import annotations

import re
import zlib

_QUIET_PROBABILITY = 0.65
_QUIET_SCORE = -1.2
_LOOP_RATIO = 1.9
_LOOP_LEAST_BYTES = 24
_LOW_SCORE = -0.9
_PARTIAL_SCORE = -1.6  # of half a word mostly; what it becomes is seen in half a second
_BYTES_PER_SECOND = 30
_BYTES_SPARE = 20
_LEAST_VOICED = 0.12
_DOUBTFUL_VOICED = 0.35
_DOUBTFUL_SCORE = -0.8

# What subtitles say when nobody speaks. Refused unless it was heard very clearly.
_SUBTITLES = re.compile(
    r"thank(s| you)( so much| very much)? for (watching|listening)|subscribe|subtitles? by|"
    r"captions? by|amara\.org|like and share|see you (next time|in the next)|"
    r"字幕|谢谢(大家)?(观看|收看|收听)|请不吝点赞|订阅|点赞|打赏|明镜|优优独播|中文字幕|"
    r"by bwd6|索兰娅|李宗盛",
    re.IGNORECASE,
)
_SUBTITLE_SCORE = -0.25
_FILLER = re.compile(r"(you|thank you|bye|bye bye|the|so|okay|谢谢|嗯|啊)", re.IGNORECASE)
_FILLER_QUIET = 0.4
_NO_WORD = re.compile(r"[\W_]*")
_TWICE = re.compile(r"(\w.{4,}?)\W*\1|([\u4e00-\u9fff]{3,}?)\W*\2")
_OFTEN = re.compile(r"(\S.*?)(?:\W*\1){2,}")
_LABEL = re.compile(r"[\[(（【][^\])）】]*[\])）】]\W*")


def compression(text: str) -> float:
    """How many times ``text`` shrinks; loops shrink a lot."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def repeats(text: str) -> bool:
    """Whether something is said twice in a row: so loops begin."""
    return _TWICE.search(text) is not None


def without_prompt(text: str, prompt: str) -> str:
    """``text`` without what it repeats of the prompt, which is what Whisper does over
    sound it cannot make out."""
    tail = prompt.rstrip("。.")[-6:]
    return text.partition(tail)[0] if tail and tail in text else text


def before_repeat(text: str) -> str:
    """``text`` up to where it begins to say the same again, if it does: a hypothesis about
    the first half second often goes round in circles after words that are right."""
    if not repeats(text):
        return text
    found = _OFTEN.search(text) or _TWICE.search(text)
    assert found is not None
    return text[: found.end(found.lastindex or 1)]


def unsure_partial(text: str, score: float, seconds: float, prompt: str) -> bool:
    """Whether a partial is not worth showing. ``prompt``: what the model was given to
    begin with, and says when it hears nothing."""
    echo = bool(prompt) and text.lstrip().startswith(prompt[:3])
    return (
        score < (_LOW_SCORE if echo else _PARTIAL_SCORE)
        or len(text.encode()) > seconds * _BYTES_PER_SECOND + _BYTES_SPARE
    )


def needs_whole_window(text: str, score: float, seconds: float) -> bool:
    """Whether a decoding with a short context went wrong and the 30 s window is due."""
    size = len(text.encode())
    return (
        score < _LOW_SCORE
        or repeats(text)
        or (size > _LOOP_LEAST_BYTES and compression(text) > _LOOP_RATIO)
        or size > seconds * _BYTES_PER_SECOND + _BYTES_SPARE
    )


def refuse(
    text: str, *, score: float, no_speech: float, seconds: float, voiced: float | None
) -> str:
    """Why ``text`` is not believed; empty when it is.

    ``score`` is the mean logarithm of the tokens' probability, ``no_speech`` the
    model's own probability that nobody speaks, ``voiced`` what the VAD found.
    """
    bare = text.strip()
    if _NO_WORD.fullmatch(bare) or _LABEL.fullmatch(bare):
        return "no_words"
    if no_speech >= _FILLER_QUIET and _FILLER.fullmatch(bare.strip(".!?。！？ ")):
        return "filler"
    if no_speech >= _QUIET_PROBABILITY and score < _QUIET_SCORE:
        return "no_speech"
    size = len(text.encode())
    if size > _LOOP_LEAST_BYTES and compression(text) > _LOOP_RATIO + 0.3:
        return "loop"
    if size > seconds * _BYTES_PER_SECOND + _BYTES_SPARE + 10:
        return "too_much_text"
    if score < _SUBTITLE_SCORE and _SUBTITLES.search(text):
        return "subtitle"
    if voiced is not None:
        if voiced < _LEAST_VOICED:
            return "too_short"
        if voiced < _DOUBTFUL_VOICED and score < _DOUBTFUL_SCORE:
            return "doubtful"
    return ""
