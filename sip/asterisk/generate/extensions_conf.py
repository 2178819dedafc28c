"""extensions.conf: the dialplan.

Calls of a trunk reach ``parley-entrance`` and what it leads to, and nothing there
dials: only agents' phones and the app get to ``parley-outbound``.
"""

from __future__ import annotations

from config.model import Settings
from config.secrets import FASTAGI, Secrets
from config.trunks import Trunk
from sip.asterisk.generate import dialplan, feature_codes, outbound_plan, refer_plan
from sip.asterisk.generate.caller_plan import CLEAN, clean_caller, unknown_numbers
from sip.asterisk.generate.identity_plan import IDENTITY, identity, told
from sip.asterisk.generate.text import Conf, argument, digits, host, keys, word

_BRIDGED = f'GotoIf($["${{PARLEY_BRIDGED}}" = "1"]?{dialplan.AFTER},s,1)'


def extensions_conf(settings: Settings, secrets: Secrets) -> str:
    """Text of ``extensions.conf``. It holds the secret of the way to the app."""
    conf = Conf(
        "The dialplan. Reading order: from-trunk-* (a call comes in), parley-entrance (the app",
        "decides), parley-queue (it waits), parley-agent (the agent's leg), parley-after.",
        "",
    )
    agi = settings.server.fastagi
    conf.section("general").set(static=True, writeprotect=True, clearglobalvars=False)
    conf.section("globals", "Where the app answers (FastAGI), and what shows it that we ask.")
    conf.set(("PARLEY_AGI", f"agi://{host(agi.host)}:{agi.port}"))
    conf.set(("PARLEY_PROOF", argument(secrets.get_or_create(FASTAGI).reveal())))
    # Without this Asterisk runs applications on for a channel that has hung up.
    conf.set(("AGIEXITONHANGUP", "yes"))
    for trunk in settings.trunks.values():
        if trunk.takes_calls_in:
            _from_trunk(conf, trunk, settings)
    unknown_numbers(conf)
    told(conf, CLEAN)
    clean_caller(conf)
    identity(conf)
    _entrance(conf)
    _queue(conf)
    _after(conf)
    _legs(conf)
    _spy(conf)
    _from_agents(conf, settings)
    feature_codes.code(conf)
    feature_codes.colleague(conf, settings)
    _hints(conf, settings)
    outbound_plan.dial(conf, settings)
    outbound_plan.emergency(conf, settings)
    outbound_plan.outbound(conf)
    _returned(conf)
    _redirected(conf)
    refer_plan.refer(conf, settings)
    _selftest(conf, settings)
    return conf.text()


def _extension(conf: Conf, extension: str, *steps: str) -> None:
    conf.extension(extension, *steps)


def _limit(trunk: Trunk) -> tuple[str, ...]:
    """Count this call to its trunk and leave when there are too many."""
    name = word(trunk.name)
    return (
        f"Set(GROUP(trunk)={name})",
        f"GotoIf($[${{GROUP_COUNT({name}@trunk)}} > {trunk.max_calls}]?full)",
    )


def _from_trunk(conf: Conf, trunk: Trunk, settings: Settings) -> None:
    name = word(trunk.name)
    conf.section(
        dialplan.from_trunk(name),
        f"Calls that come in through the trunk {name}: our numbers, and nothing else.",
    )
    taken = {digits(n.number) for n in settings.numbers_of(trunk.name)}
    account = trunk.carrier.username if trunk.registers and trunk.carrier is not None else None
    for number in settings.numbers_of(trunk.name):
        for form in _forms(settings, trunk, number.number, taken):
            if form == account:
                continue  # the carrier may call it whatever number it means
            _extension(
                conf,
                form,
                CLEAN,
                IDENTITY,
                *_limit(trunk),
                f"Set(PARLEY_TRUNK={name})",
                f"Set(PARLEY_NUMBER={digits(number.number)})",
                f"Goto({dialplan.ENTRANCE},s,1)",
                f"full: Hangup({dialplan.CAUSE_NO_CIRCUIT})",
            )
    if account is not None:
        conf.raw("; The address with which we registered: whom it means stands in To.")
        for own in (word(account) if not account.startswith("+") else digits(account), "s"):
            _extension(
                conf,
                own,
                f"Set(PARLEY_TRUNK={name})",
                f"Set(PARLEY_NUMBER={account if own != 's' else ''})",
                f"Goto({dialplan.UNKNOWN_TOLD},s,1)",
            )
    conf.raw(f"include => {dialplan.UNKNOWN}")


def _forms(settings: Settings, trunk: Trunk, number: str, taken: set[str]) -> list[str]:
    """The ways in which carriers write ``number``, itself first; what is another number
    of ours is that one."""
    forms = (number, *settings.numbering_of(trunk.name).forms(number))
    return [form for form in dict.fromkeys(forms) if form == number or form not in taken]


def _entrance(conf: Conf) -> None:
    conf.section(
        dialplan.ENTRANCE,
        "The app greets the caller and runs the flow. It leaves PARLEY_NEXT: 'queue', 'flow'",
        "(another one) or 'hangup' (with PARLEY_CAUSE). Anything else means that it is away or",
        "was killed: the caller hears music and it is asked again.",
    )
    _extension(
        conf,
        "s",
        "Set(PARLEY_SINCE=${EPOCH})",
        "ask: Set(PARLEY_NEXT=)",
        dialplan.agi("entrance"),
        _BRIDGED,
        f'GotoIf($["${{PARLEY_NEXT}}" = "queue"]?{dialplan.QUEUE},s,1)',
        'GotoIf($["${PARLEY_NEXT}" = "hangup"]?leave)',
        'GotoIf($["${PARLEY_NEXT}" = "flow"]?ask)',
        "Answer(,i)",
        "MusicOnHold(default,2)",
        _BRIDGED,
        f"GotoIf($[${{EPOCH}} - ${{PARLEY_SINCE}} < {dialplan.PATIENCE_SECONDS}]?ask)",
        f"Hangup({dialplan.CAUSE_TEMPORARY_FAILURE})",
        "leave: Hangup(${PARLEY_CAUSE})",
    )


def _queue(conf: Conf) -> None:
    conf.section(
        dialplan.QUEUE,
        "The caller waits. Every PARLEY_ANNOUNCE_EVERY seconds the app may say something; if",
        "it is away the music goes on. The app joins caller and agent with the manager action",
        "Bridge and sets PARLEY_BRIDGED=1: when that talk is over, the caller comes back to the",
        "step after the one that was interrupted.",
        "Whoever waits to be joined does so in a bridge (BridgeWait), from which Asterisk moves",
        "people safely: taken out of an application, a hang-up at that moment would be lost.",
    )
    _extension(
        conf,
        "s",
        "Answer(,i)",
        'ExecIf($["${PARLEY_MUSIC}" = ""]?Set(PARLEY_MUSIC=default))',
        'ExecIf($["${PARLEY_ANNOUNCE_EVERY}" = ""]?Set(PARLEY_ANNOUNCE_EVERY=30))',
        f"wait: {_BRIDGED}",
        _wait_with_music("S(${PARLEY_ANNOUNCE_EVERY})"),
        _BRIDGED,
        dialplan.agi("announce"),
        _BRIDGED,
        'GotoIf($["${PARLEY_NEXT}" = "hangup"]?leave)',
        f'GotoIf($["${{PARLEY_NEXT}}" = "flow"]?{dialplan.ENTRANCE},s,1)',
        'ExecIf($["${AGISTATUS}" != "SUCCESS"]?Wait(1))',
        "Goto(wait)",
        "leave: Hangup(${PARLEY_CAUSE})",
    )
    conf.raw("; Back to the queue after a talk (transfer to a queue).")
    _extension(
        conf, dialplan.QUEUE_AGAIN, "Set(PARLEY_BRIDGED=)", "Set(PARLEY_NEXT=queue)", "Goto(s,1)"
    )


def _wait_with_music(options: str = "") -> str:
    return f"BridgeWait({dialplan.WAITING},participant,e(m)m(${{PARLEY_MUSIC}}){options})"


def _wait_in_silence(options: str) -> str:
    return f"BridgeWait({dialplan.WAITING},participant,e(s){options})"


def _after(conf: Conf) -> None:
    custom = dialplan.AFTER_CUSTOM
    conf.section(
        dialplan.AFTER,
        "The talk with the agent is over and the caller is still here. Write a context",
        f"{custom} (extension s) to do something, such as a survey.",
        f"Until {dialplan.ASK_UNTIL} the talk was none: the agent's phone was gone at once, and",
        "the app may want the caller to wait on. If it is away it is asked again.",
    )
    _extension(
        conf,
        "s",
        f'GotoIf($["${{{dialplan.ASK_UNTIL}}}" = ""]?over)',
        f"GotoIf($[${{EPOCH}} > ${{{dialplan.ASK_UNTIL}}}]?over)",
        f"Set({dialplan.ASK_UNTIL}=)",
        "Set(PARLEY_SINCE=${EPOCH})",
        "ask: Set(PARLEY_NEXT=)",
        dialplan.agi("parted"),
        f'GotoIf($["${{PARLEY_NEXT}}" = "queue"]?{dialplan.QUEUE},{dialplan.QUEUE_AGAIN},1)',
        'GotoIf($["${PARLEY_NEXT}" = "over"]?over)',
        "MusicOnHold(default,2)",
        f"GotoIf($[${{EPOCH}} - ${{PARLEY_SINCE}} < {dialplan.PATIENCE_SECONDS}]?ask)",
        "over: NoOp()",
        f"GotoIf($[${{DIALPLAN_EXISTS({custom},s,1)}}]?{custom},s,1)",
        "Hangup(16)",
    )


def _legs(conf: Conf) -> None:
    conf.section(
        dialplan.AGENT,
        "An agent's leg after answering: that it waits here tells the app that it may be",
        "joined with the caller, which happens at once. While it rang, its caller id was that",
        "of whom it was rung for; from now on it is its own, which the other side is shown.",
    )
    own = "${PJSIP_ENDPOINT(${CHANNEL(endpoint)},callerid)}"
    _extension(
        conf,
        "s",
        f"GotoIf($[${{LEN({own})}} = 0]?wait)",
        f"Set(CALLERID(all)={own})",
        f"wait: {_wait_in_silence('S(30)')}",
        "Hangup(16)",
    )
    conf.section(
        dialplan.DIALLING, "An agent for whom a customer is called back: they hear it ringing."
    )
    _extension(conf, "s", f"BridgeWait({dialplan.WAITING},participant,e(r)S(180))", "Hangup(16)")
    conf.section(
        dialplan.CALLED,
        "A customer who was called back and has answered: the app joins them with the agent at",
        "once. After that talk they are where other customers are then.",
    )
    _extension(conf, "s", _wait_in_silence("S(30)"), _BRIDGED, "Hangup(16)")
    conf.section(dialplan.HOLD, "A customer on hold.")
    _extension(conf, "s", _wait_with_music(), f"Goto({dialplan.AFTER},s,1)")
    conf.section(
        dialplan.PARK,
        "A leg that waits in silence: an agent while the customer holds. PARLEY_STAY=1 brings it",
        "back here after it talked to somebody else (a consultation).",
    )
    _extension(
        conf,
        "s",
        _wait_in_silence("S(7200)"),
        'GotoIf($["${PARLEY_STAY}" = "1"]?s,1)',
        "Hangup(16)",
    )
    conf.section(
        dialplan.MESSAGES,
        "A channel to nowhere, from which the app tells phones how many messages wait.",
    )
    _extension(conf, "s", "Answer(,i)", "Wait(1)", "Hangup(16)")
    conf.section(dialplan.PLAY, "Plays a sound to one side of a call: PARLEY_SPY_TARGET hears it.")
    _extension(conf, "s", "Answer(,i)", "ChanSpy(${PARLEY_SPY_TARGET},qwES)", "Hangup(16)")


def _spy(conf: Conf) -> None:
    conf.section(
        dialplan.SPY,
        "A supervisor on a call: PARLEY_SPY_TARGET is the agent's channel.",
    )
    for extension, options in (("listen", "qES"), ("whisper", "qwES"), ("barge", "qBES")):
        _extension(conf, extension, f"ChanSpy(${{PARLEY_SPY_TARGET}},{options})", "Hangup(16)")


def _from_agents(conf: Conf, settings: Settings) -> None:
    conf.section(dialplan.AGENTS_CUSTOM, "Yours: further extensions that agents may dial.")
    conf.section(dialplan.AGENTS, "What agents' phones may dial.")
    outbound_plan.emergency_dialled(conf, settings)
    for agent in settings.agents.values():
        extension = digits(agent.extension)
        _extension(
            conf,
            extension,
            f"Set(PARLEY_DIALLED={extension})",
            f"Goto({dialplan.OWN},s,1)",
        )
    feature_codes.codes(conf, settings)
    conf.raw("; Our own numbers, to hear what customers hear.")
    for number in map(digits, settings.numbers):
        _extension(
            conf,
            number,
            CLEAN,
            f"Set(PARLEY_TRUNK={dialplan.AGENTS})",
            f"Set(PARLEY_NUMBER={number})",
            f"Goto({dialplan.ENTRANCE},s,1)",
        )
    outbound_plan.dialled_patterns(conf, settings)
    conf.raw(f"include => {dialplan.AGENTS_CUSTOM}")
    _own(conf)


def _own(conf: Conf) -> None:
    conf.section(
        dialplan.OWN,
        "An agent calls a colleague (PARLEY_DIALLED). The app opens the contact and leaves",
        "PARLEY_NEXT: 'call', 'busy' (the colleague is), or 'hangup' with PARLEY_CAUSE. Anything",
        "else means that it is away: the call goes on, and it takes it over when it is back.",
    )
    _extension(
        conf,
        "s",
        "Set(PARLEY_NEXT=)",
        "Set(PARLEY_CAUSE=)",
        dialplan.agi("dial"),
        'GotoIf($["${PARLEY_NEXT}" = "hangup"]?leave)',
        "Set(PARLEY_COLLEAGUE=${PARLEY_DIALLED})",
        f'GotoIf($["${{PARLEY_NEXT}}" != "busy"]?{dialplan.COLLEAGUE},s,1)',
        "Set(PARLEY_WHY=busy)",
        f"Goto({dialplan.COLLEAGUE},s,ask)",
        "leave: Hangup(${PARLEY_CAUSE})",
    )


def _hints(conf: Conf, settings: Settings) -> None:
    conf.section(
        dialplan.HINTS,
        "Lamps: what agents' phones may subscribe to. An extension rings, is busy or idle (its",
        "phone, and what the app says of the agent); behind the code agent_state it shows what",
        "the agent has said. A parking slot is busy or idle.",
    )
    code = settings.feature_codes.agent_state
    for agent in settings.agents.values():
        extension = digits(agent.extension)
        conf.raw(f"exten => {extension},hint,PJSIP/{extension}&{dialplan.lamp(extension)}")
        if code is not None:
            state = dialplan.state_lamp(extension)
            conf.raw(f"exten => {keys(code)}{extension},hint,{state}")
    for slot, extension in feature_codes.slots(settings):
        conf.raw(f"exten => {extension},hint,{dialplan.slot_lamp(slot)}")


def _returned(conf: Conf) -> None:
    conf.section(
        dialplan.RETURNED,
        "A customer was transferred to a number outside, and nobody took the call. The app",
        "takes them back to their queue, or leaves PARLEY_NEXT as in parley-entrance.",
    )
    _extension(
        conf,
        "s",
        f"Set({dialplan.RETURN}=)",
        'ExecIf($["${PARLEY_TRUNK}" != ""]?Set(GROUP(trunk)=${PARLEY_TRUNK}))',
        "Set(PARLEY_SINCE=${EPOCH})",
        "ask: Set(PARLEY_NEXT=)",
        dialplan.agi("returned"),
        f'GotoIf($["${{PARLEY_NEXT}}" = "queue"]?{dialplan.QUEUE},{dialplan.QUEUE_AGAIN},1)',
        f'GotoIf($["${{PARLEY_NEXT}}" = "flow"]?{dialplan.ENTRANCE},s,1)',
        'GotoIf($["${PARLEY_NEXT}" = "hangup"]?leave)',
        "MusicOnHold(default,2)",
        f"GotoIf($[${{EPOCH}} - ${{PARLEY_SINCE}} < {dialplan.PATIENCE_SECONDS}]?ask)",
        f"Hangup({dialplan.CAUSE_TEMPORARY_FAILURE})",
        "leave: Hangup(${PARLEY_CAUSE})",
    )


def _redirected(conf: Conf) -> None:
    conf.section(
        dialplan.REDIRECTED,
        "A phone or a trunk redirects a call (302). Nobody is called: it counts as declined.",
    )
    _extension(conf, "_[0-9a-zA-Z+*#]!", f"Hangup({dialplan.CAUSE_REJECTED})")


def _selftest(conf: Conf, settings: Settings) -> None:
    conf.section(
        dialplan.SELFTEST,
        "What 'parley selftest' may dial: a call to its own agent, our numbers, echo and tone.",
    )
    for number in (dialplan.SELFTEST_NUMBER, *map(digits, settings.numbers)):
        _extension(
            conf,
            number,
            CLEAN,
            f"Set(PARLEY_TRUNK={dialplan.SELFTEST})",
            f"Set(PARLEY_NUMBER={number})",
            f"Goto({dialplan.ENTRANCE},s,1)",
        )
    _extension(conf, "echo", "Answer(,i)", "Echo()", "Hangup(16)")
    _extension(conf, "tone", "Answer(,i)", "Milliwatt(o)", "Hangup(16)")
