"""How an estimate was reckoned, in words, for people who ask why."""

from __future__ import annotations

from dataclasses import dataclass

from acd.estimate_averages import Mean, Patience

_WORTH_SAYING = 0.03


@dataclass(frozen=True, slots=True)
class Basis:
    """The same in English and in Chinese."""

    en: str
    zh_cn: str


def nobody() -> Basis:
    """Nobody who could take the contact is at work."""
    return Basis(
        "Nobody who could take this contact is at work, so the wait is unknown.",
        "目前没有可受理的客服在岗，等待时间未知。",
    )


def at_once(free: float) -> Basis:
    """There is a free place for it."""
    return Basis(f"There is a free agent (places: {free:g}).", f"有空闲客服（{free:g} 个席位）。")


def reckoned(
    ahead: int, others: int, places: float, handling: Mean, patience: Patience, correction: Mean
) -> Basis:
    """By its place in the line: ``ahead`` of its own line and ``others`` of other lines
    come first."""
    en = [f"{ahead} ahead, {places:g} served at once"]
    zh = [f"前面有 {ahead} 位，同时可服务 {places:g} 位"]
    if others:
        en.append(f"{others} of other queues need the same agents first")
        zh.append(f"其他队列另有 {others} 位排在前面并需要相同的客服")
    if handling.seen:
        en.append(f"handling takes {handling.value:.0f} s on average of late")
        zh.append(f"近期平均处理时长 {handling.value:.0f} 秒")
    else:
        en.append(f"handling is assumed to take {handling.value:.0f} s")
        zh.append(f"处理时长按 {handling.value:.0f} 秒估算")
    if (leaving := patience.share_leaving()) >= _WORTH_SAYING:
        en.append(f"{leaving:.0%} give up while waiting")
        zh.append(f"{leaving:.0%} 的客户会中途放弃")
    change = correction.value - 1
    if abs(change) >= _WORTH_SAYING:
        en.append(
            f"{abs(change):.0%} {'more' if change > 0 else 'less'}, as the last ones waited "
            f"{'longer' if change > 0 else 'shorter'} than that"
        )
        zh.append(f"按近期实际等待{'上调' if change > 0 else '下调'} {abs(change):.0%}")
    return Basis("; ".join(en) + ".", "；".join(zh) + "。")
