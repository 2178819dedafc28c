"""The words of ``parley listen`` and ``parley transcripts``, in both languages."""

from __future__ import annotations

from typing import Final

from app.cli.options import Language

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "customer": ("customer", "客户"),
    "agent": ("agent", "坐席"),
    "tension": ("tension", "情绪"),
    "alert": ("ALERT: the customer is tense", "告警：客户情绪激动"),
    "calm": ("the customer has calmed down", "客户情绪已缓和"),
    "fact": ("fact", "信息"),
    "intent": ("intent", "意图"),
    "started": ("is being listened to", "开始聆听"),
    "stopped": ("is no longer listened to", "停止聆听"),
    "failed": ("is not listened to", "无法聆听"),
    "degraded": ("less is recognised: level", "识别已降级：级别"),
    "recovered": ("everything is recognised again", "识别已恢复"),
    "deferred": ("(recognised after the call)", "（通话后识别）"),
    "nothing": ("(no words)", "（无文字）"),
    "corrected": ("is now", "更正为"),
    "sensitive": ("a sensitive number is hidden", "敏感号码已隐藏"),
    "expected": ("a secret was asked for: digits are hidden", "正在索取密码：数字将被隐藏"),
    "both": ("both talk", "双方同时讲话"),
    "off": ("Nothing is listened to in this installation", "本系统未启用聆听"),
    "over": ("The conversation is over.", "通话已结束。"),
    "lost": ("The connection was lost; trying again.", "连接已断开，正在重试。"),
    "nobody": ("Nobody is in conversation.", "当前没有通话。"),
    "none": ("Nothing was found.", "未找到。"),
    "unstored": ("No words are stored of this contact.", "此联络没有已保存的文字。"),
    "verdict.right": ("was right", "判断正确"),
    "verdict.wrong": ("was wrong", "判断错误"),
    "sound.music": ("music", "音乐"),
    "sound.noise": ("noise", "噪声"),
    "sound.silence": ("silence", "静音"),
    "sound.speech": ("speech", "语音"),
    "card": ("card", "卡号"),
    "identity": ("identity number", "证件号"),
    "order": ("order", "订单号"),
    "phone": ("phone", "电话"),
    "money": ("amount", "金额"),
    "date": ("date", "日期"),
    "time": ("time", "时间"),
    "name": ("name", "姓名"),
    "product": ("product", "产品"),
}


def say(key: str, language: Language) -> str:
    """The text called ``key``; the last part of the key itself if there is none."""
    texts = _TEXTS.get(key)
    if texts is None:
        return key.rpartition(".")[2]
    return texts[1] if language == "zh-CN" else texts[0]
