"""The part of the dialplan for transfers by a phone's own button (REFER)."""

from __future__ import annotations

from config.model import Settings
from sip.asterisk.generate import dialplan, feature_codes
from sip.asterisk.generate.text import Conf, digits, extensions_of


def refer(conf: Conf, settings: Settings) -> None:
    """Where the button leads, and what becomes of the customer."""
    conf.section(
        dialplan.REFER,
        "What an agent may transfer to by the phone's own button (REFER): colleagues, our own",
        "numbers, what a route takes, parking slots. Asterisk refuses anything else, and the call",
        "goes on.",
    )
    numbers = [*(agent.extension for agent in settings.agents.values()), *settings.numbers]
    patterns = [e for route in settings.routes.values() for e in extensions_of(route.pattern)]
    for number in dict.fromkeys([*map(digits, numbers), *patterns]):
        conf.extension(
            number,
            f"Set({dialplan.REFER_TO}=${{FILTER(0-9+,${{EXTEN}})}})",
            f"Goto({dialplan.REFERRED},s,1)",
        )
    for slot, extension in feature_codes.slots(settings):
        conf.extension(
            extension,
            f"Set({dialplan.REFER_TO}={dialplan.SLOT}{slot})",
            f"Goto({dialplan.REFERRED},s,1)",
        )
    conf.section(
        dialplan.REFERRED,
        "The customer whom the agent has transferred so. The app sends them on, or leaves",
        "PARLEY_NEXT as in parley-entrance; while it is away they hear music.",
    )
    conf.extension(
        "s",
        "Set(PARLEY_BRIDGED=)",
        "Set(PARLEY_SINCE=${EPOCH})",
        "ask: Set(PARLEY_NEXT=)",
        dialplan.agi("refer"),
        f'GotoIf($["${{PARLEY_NEXT}}" = "queue"]?{dialplan.QUEUE},{dialplan.QUEUE_AGAIN},1)',
        f'GotoIf($["${{PARLEY_NEXT}}" = "flow"]?{dialplan.ENTRANCE},s,1)',
        'GotoIf($["${PARLEY_NEXT}" = "hangup"]?leave)',
        "MusicOnHold(default,2)",
        f"GotoIf($[${{EPOCH}} - ${{PARLEY_SINCE}} < {dialplan.PATIENCE_SECONDS}]?ask)",
        f"Hangup({dialplan.CAUSE_TEMPORARY_FAILURE})",
        "leave: Hangup(${PARLEY_CAUSE})",
    )
    conf.section(
        dialplan.NO_TRANSFER, "What trunks and all others may transfer to: nothing. Keep it empty."
    )
