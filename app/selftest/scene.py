"""The self-test's own queue, agent, number and flow, beside the configured ones.

The names are reserved in the configuration. The agent has an exclusive skill, so it
is never offered a customer, and the queue asks for it, so a test call is never
offered to a person.
"""

from __future__ import annotations

from acd.choice import ONLY
from config.agents import AgentSettings, Role
from config.base import Label
from config.model import Settings
from config.numbers import InboundNumber
from config.queues import Queue
from ivr.flow import Flow, parse_flow
from sip.asterisk.generate import dialplan

NAME = "selftest"
_SKILL = f"{ONLY}{NAME}"
_LABEL = Label({"en": "Self-test", "zh-CN": "自检"})
_FLOW = f"languages: [en]\nstart: wait\nnodes:\n  wait: {{type: queue, queue: {NAME}}}\n"


def with_selftest(settings: Settings) -> Settings:
    """``settings`` with the scene added, for the router and the entrance."""
    queue = Queue(
        name=NAME, label=_LABEL, skills={}, ring_seconds=10, wrap_up_seconds=0, recorded=False
    ).model_copy(update={"skills": {_SKILL: 1}})
    agent = AgentSettings(
        id=NAME, name=_LABEL, extension="10", roles=(Role.AGENT,), recorded=False
    ).model_copy(update={"extension": dialplan.SELFTEST_AGENT, "skills": {_SKILL: 1}})
    number = InboundNumber(label=_LABEL, flow=NAME).model_copy(
        update={"number": dialplan.SELFTEST_NUMBER, "business": NAME, "language": "en"}
    )
    return settings.model_copy(
        update={
            "queues": {**settings.queues, NAME: queue},
            "agents": {**settings.agents, NAME: agent},
            "numbers": {**settings.numbers, number.number: number},
        }
    )


def selftest_flow() -> Flow:
    """Straight to the queue."""
    return parse_flow(_FLOW, name=NAME, source="the self-test's flow")
