"""The company of the bench: 100 queues, 50 skills, 2,000 agents, all media."""

from __future__ import annotations

import random

from acd.directory import StaticDirectory
from acd.model import AgentConfig, Medium, QueueConfig, Relaxation

QUEUES, SKILLS, AGENTS = 100, 50, 2000
MEDIA = (
    (Medium.VOICE, 0.5),
    (Medium.CHAT, 0.3),
    (Medium.SOCIAL, 0.1),
    (Medium.EMAIL, 0.1),
)
CHANNELS = {
    Medium.VOICE: "phone",
    Medium.CHAT: "webchat",
    Medium.SOCIAL: "wechat",
    Medium.EMAIL: "email",
}


def company(agents: int = AGENTS, queues: int = QUEUES) -> StaticDirectory:
    """Always the same. A queue asks for one skill or two; an agent has five to eight,
    so that each queue has dozens to hundreds of able agents."""
    dice = random.Random(7)
    skills = [f"skill.{number}" for number in range(SKILLS)]
    lines = []
    for number in range(queues):
        asked = {skills[number % SKILLS]: dice.randint(1, 4)}
        if number % 3 == 0:
            asked["language.zh"] = 2
        relax = (Relaxation(after=600, lower={skills[number % SKILLS]: 1}),)
        lines.append(
            QueueConfig(
                name=f"queue-{number}", skills=asked, relax=relax, wrap_up_seconds=0,
                max_waiting=1_000_000, ring_seconds=600,
            )
        )  # fmt: skip
    staff = []
    for number in range(agents):
        own = {skill: dice.randint(1, 10) for skill in dice.sample(skills, dice.randint(5, 8))}
        if dice.random() < 0.7:
            own["language.zh"] = dice.randint(1, 10)
        staff.append(AgentConfig(id=f"agent-{number}", device=str(number), skills=own))
    return StaticDirectory(lines, staff)


def medium(dice: random.Random) -> Medium:
    """Of the next contact."""
    return dice.choices([one for one, _ in MEDIA], [share for _, share in MEDIA])[0]
