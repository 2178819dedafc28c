"""Why a contact waits and why it went where it went, on real routers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.errors import ContactNotFound
from acd.model import (
    AgentConfig,
    EndReason,
    Medium,
    Preferred,
    PreferredKind,
    QueueConfig,
    Relaxation,
    Strategy,
)
from acd.offer_states import OfferState
from acd.requirement import parse
from acd.why import Cause, Code, Explanations, Language, Why, Words, steps_of
from acd.why.steps import TOLD
from acd.why.texts import REASONS_ZH, TEXTS
from tests.support.routing import House
from tests.support.wait import eventually

SKILLS = ("language.zh", "loans")
QUEUES = (
    QueueConfig(
        name="loans",
        requires=parse('language.zh >= 7 and agent.site == "Berlin"', SKILLS),
        relax=(
            Relaxation(after=60, lower={"language.zh": 5}),
            Relaxation(after=120, lower={"language.zh": 2}),
        ),
    ),
    QueueConfig(name="cards", skills={"language.zh": 1}, wrap_up_seconds=30),
    QueueConfig(name="vip", skills={"language.zh": 1}, priority=10),
    QueueConfig(name="nothing", skills={"loans": 9}),
)
AGENTS = (
    AgentConfig(
        id="anna", device="1", skills={"language.zh": 5}, attributes={"site": "Berlin"}
    ),
    AgentConfig(
        id="bo", device="2", skills={"language.zh": 8}, attributes={"site": "Hamburg"}
    ),
    AgentConfig(id="chen", device="3", skills={"loans": 3}, attributes={"site": "Berlin"}),
    AgentConfig(id="tester", device="4", skills={"only.test": 1, "language.zh": 9}),
)  # fmt: skip
LANGUAGES: tuple[Language, ...] = get_args(Language)
EN, ZH = Words("en"), Words("zh-CN")


@pytest_asyncio.fixture
async def desk(redis: Redis) -> AsyncIterator[House]:
    """A house with the queues and agents of this file."""
    made = House(redis)
    made.directory = StaticDirectory(QUEUES, AGENTS)
    router = made.new_router()
    for medium in (Medium.EMAIL, Medium.CHAT):
        router.add_driver(medium, made.medium)
    await router.recover()
    yield made
    await made.check()
    await made.close()


async def why(house: House, contact_id: str) -> Why:
    await house.quiet()
    return await Explanations(house.router, house.redis).live(contact_id)


def obstacles(found: Why) -> dict[str, list[Code]]:
    assert found.waits is not None
    return {one.agent_id: [o.code for o in one.obstacles] for one in found.waits.candidates}


def in_words(found: Why, words: Words = EN) -> dict[str, str]:
    assert found.waits is not None
    return {
        one.agent_id: words.candidate(one, found.waits.medium) for one in found.waits.candidates
    }


async def test_nobody_is_logged_in(desk: House) -> None:
    contact_id = await desk.customer("loans")
    desk.clock.advance(15)
    found = await why(desk, contact_id)
    waits = found.waits
    assert waits is not None
    assert waits.cause is Cause.NOBODY_FITS  # not even of those who are away
    assert obstacles(found) == {
        "anna": [Code.CLAUSE, Code.LOGGED_OUT],
        "bo": [Code.CLAUSE, Code.LOGGED_OUT],
        "chen": [Code.CLAUSE, Code.LOGGED_OUT],
    }
    assert in_words(found)["anna"] == "has language.zh 5, 7 is asked; not logged in"
    assert in_words(found)["bo"] == (
        'the agent\'s site is "Hamburg", agent.site == "Berlin" is asked; not logged in'
    )
    assert in_words(found, ZH)["chen"] == "没有技能 language.zh；未签入"
    assert EN.summary(found) == "Has waited 0:15 for loans. No agent meets what it asks for."
    assert EN.asks(waits)[0] == ('Asks for: language.zh >= 7 and agent.site == "Berlin".')
    assert EN.asks(waits)[-1] == (
        'In 0:45: language.zh >= 5 and agent.site == "Berlin".'
    )  # fmt: skip


async def test_who_fits_is_away_on_a_break_or_has_no_room(desk: House) -> None:
    contact_id = await desk.customer("cards")
    assert (await waits_cause(desk, contact_id)) is Cause.NOBODY_HERE
    await desk.router.log_in("anna")
    await desk.router.set_not_ready("anna", "lunch")
    found = await why(desk, contact_id)
    assert found.waits is not None
    assert found.waits.cause is Cause.NOBODY_FREE
    assert in_words(found)["anna"] == "not ready (lunch)"
    assert in_words(found)["bo"] == "not logged in"
    assert "is free (1 logged in)." in EN.summary(found)
    # Bo takes it, and is full for the next one.
    await desk.ready("bo")
    await desk.medium.rings("bo", contact_id)
    second = await desk.customer("cards")
    found = await why(desk, second)
    assert in_words(found)["bo"] == "has 1 of at most 1 (voice)"
    chat = await open_chat(desk, "cards")
    found = await why(desk, chat)
    assert in_words(found)["bo"] == "no room: 1 voice ringing (100); 100 of 100 used, 25 needed"
    assert in_words(found, ZH)["bo"] == ("容量不足：1 个通话振铃（100）；已用 100/100，需要 25")
    await desk.medium.picks_up("bo")
    await desk.contact_is(contact_id, ContactState.CONNECTED)
    assert in_words(await why(desk, chat))["bo"].startswith("no room: 1 voice (100);")
    await desk.medium.customer_hangs_up(contact_id)
    assert in_words(await why(desk, chat))["bo"].startswith("no room: wrap-up of 1 voice (100);")


async def waits_cause(house: House, contact_id: str) -> Cause:
    found = await why(house, contact_id)
    assert found.waits is not None
    return found.waits.cause


async def open_chat(house: House, queue: str, medium: Medium = Medium.CHAT) -> str:
    contact = await house.router.contacts.open(medium=medium, channel="webchat")
    house.medium.arrives(contact.id)
    await house.router.enqueue(contact.id, queue)
    return contact.id


async def test_who_comes_before_and_by_what(desk: House) -> None:
    first = await desk.customer("cards")
    desk.clock.advance(60)
    mine = await desk.customer("cards")
    desk.clock.advance(1)
    vip = await desk.customer("vip")
    elsewhere = await desk.customer("nothing", priority=500)
    await desk.router.log_in("anna")
    await desk.router.log_in("chen")
    found = await why(desk, mine)
    assert found.waits is not None
    rivals = found.waits.before
    assert elsewhere not in [one.contact_id for one in rivals]  # anna could not take it
    assert [(one.contact_id, one.by) for one in rivals] == [
        (vip, ("priority",)),
        (first, ("age",)),
    ]
    assert found.waits.place == 3
    said = [EN.rival(one, found.waits) for one in rivals]
    assert said[0] == f"{vip} (vip, score 10): priority 10 against 0"
    assert said[1] == f"{first} (cards, score 1): waits 1:01 against 0:01"
    assert ZH.rival(rivals[0], found.waits).endswith("优先级 10，本联络 0")
    # The router serves them in just this order.
    await desk.router.prioritise(mine, 20, by="grace")
    assert (await why(desk, mine)).waits.place == 1  # type: ignore[union-attr]
    await desk.router.set_ready("anna")
    assert (await desk.medium.rings("anna")).contact_id == mine


async def test_relaxation_and_stages_that_nobody_meets(desk: House) -> None:
    contact_id = await desk.customer("loans")
    await desk.router.log_in("anna")  # meets the first step of relaxation only
    found = await why(desk, contact_id)
    assert found.waits is not None
    stage = found.waits.stage
    assert stage is not None
    assert (stage.step, stage.steps, stage.passed_over) == (1, 2, 1)
    assert found.waits.until == found.waits.at + 120
    assert EN.asks(found.waits) == [
        'Asks for: language.zh >= 5 and agent.site == "Berlin".',
        "Relaxation step 1 of 2 is in force.",
        "1 stages were passed over: nobody logged in meets them.",
        'In 2:00: language.zh >= 2 and agent.site == "Berlin".',
    ]
    desk.clock.advance(121)
    found = await why(desk, contact_id)
    assert found.waits is not None
    assert found.waits.stage is not None
    assert found.waits.stage.step == 2
    assert EN.asks(found.waits)[-1] == "Nothing changes that by itself."


async def test_reserved_for_the_last_agent(desk: House) -> None:
    await desk.router.log_in("bo")
    await desk.ready("anna")
    contact = await desk.router.contacts.open(medium=Medium.VOICE, channel="phone")
    desk.medium.arrives(contact.id)
    wish = Preferred(agent_id="bo", kind=PreferredKind.LAST, since=desk.clock.now(), seconds=30)
    await desk.router.enqueue(contact.id, "cards", preferred=[wish])
    found = await why(desk, contact.id)
    assert found.waits is not None
    assert obstacles(found)["anna"] == [Code.RESERVED]
    assert in_words(found)["anna"] == "it is reserved for bo"
    assert EN.asks(found.waits)[0] == (
        "Reserved for bo (served the customer the last time) for another 0:30."
    )
    assert EN.asks(found.waits)[-1] == "In 0:30: has language.zh."
    # And then to whom it was kept from.
    await desk.timers.advance(31)
    offer = await desk.medium.rings("anna", contact.id)
    steps = (await why(desk, contact.id)).steps
    assert offer.state is OfferState.PENDING
    assert steps[-1].why is not None
    assert "only" not in steps[-1].why


async def test_the_way_it_took(desk: House) -> None:
    """RONA, a rejection and an agent who leaves, then who takes it: each with its why."""
    await desk.ready("anna", "bo")
    contact_id = await desk.customer("cards")
    await desk.medium.rings("anna", contact_id)
    await desk.medium.does_not_answer("anna")
    await desk.medium.rings("bo", contact_id)
    await desk.router.log_out("bo")
    await desk.router.set_ready("anna")
    await desk.medium.rings("anna", contact_id)
    await desk.medium.does_not_answer("anna", "rejected")
    desk.clock.advance(10)
    await desk.router.set_ready("anna")
    await desk.medium.rings("anna", contact_id)
    await desk.medium.picks_up("anna")
    await desk.contact_is(contact_id, ContactState.CONNECTED)
    found = await why(desk, contact_id)
    said = [EN.step(step) for step in found.steps]
    assert found.waits is None
    assert said[0] == "Entered cards with priority 0"
    assert said[1] == (
        "Offered to anna: score 0 was the highest of those with a free agent (1 waited). It "
        "asked for has language.zh; of 2 agents who meet that 2 could take it; longest idle "
        "chose anna, before bo"
    )
    assert said[2] == "anna did not answer (RONA); it waits on at its old age"
    assert "bo was the only one of 2 who could take it" in said[3]
    assert said[4] == "bo went away while it rang; it waits on"
    assert said[6] == "anna rejected it; it waits on at its old age"
    assert said[-1].startswith("anna has it, after 0:")
    assert EN.summary(found).startswith("Went to anna. Offered to anna: score 0")
    assert ZH.summary(found).startswith("由 anna 处理。派给 anna：")


async def test_named_by_a_supervisor_moved_and_ended(desk: House) -> None:
    await desk.ready("bo")
    contact_id = await desk.customer("nothing")
    await desk.router.assign(contact_id, "bo")
    await desk.medium.rings("bo", contact_id)
    await desk.router.transfer_to_queue(contact_id, "loans")
    await desk.quiet()
    await desk.medium.customer_hangs_up(contact_id)
    scene = await desk.router.store.scene("contact", contact_id)
    assert scene.contact is not None  # not stored in this test, so still there
    found = await why(desk, contact_id)
    said = [EN.step(step) for step in found.steps]
    assert said == [
        "Entered nothing with priority 0",
        "Offered to bo by name (transferred or assigned)",
        "Taken back from bo, since somebody moved it",
        "Entered loans at its old age, with priority 0",
        "Over: abandoned in queue",
    ]
    assert EN.summary(found) == "Over: abandoned in queue."
    assert ZH.summary(found) == "结束：客户在排队时离开。"
    # From the events alone, as the history keeps them.
    told = [event for event in desk.events if event.contact_id == contact_id and event.seq]
    assert [EN.step(step) for step in steps_of(told)] == said
    with pytest.raises(ContactNotFound):
        await why(desk, "con_X")


async def test_what_keeps_it_whoever_is_free(desk: House, redis: Redis) -> None:
    desk.router.suspend(Medium.VOICE)
    await desk.ready("anna")
    contact_id = await desk.customer("cards")
    await desk.quiet()

    async def told() -> bool:
        return (await desk.router.store.shut()).get("main") == ["voice"]

    await eventually(told, "the suspension is told")
    found = await why(desk, contact_id)
    assert found.waits is not None
    assert found.waits.cause is Cause.MEDIUM_SHUT
    assert in_words(found)["anna"] == "able and free"
    desk.router.resume_medium(Medium.VOICE)
    await desk.medium.rings("anna", contact_id)
    rung = await why(desk, contact_id)
    assert rung.waits is None
    assert EN.summary(rung).startswith("Rings at anna. Offered to anna")
    await redis.delete("test:leader")
    second = await desk.customer("cards")
    assert (await waits_cause(desk, second)) is Cause.NOBODY_LEADS
    await desk.router.agent_unanswered((await desk.medium.rings("anna")).id, "timed_out", None)


async def test_a_follower_says_the_same(desk: House) -> None:
    """A second process of the installation, which has no board."""
    await desk.router.log_in("anna")
    first = await desk.customer("cards")
    desk.clock.advance(5)
    second = await desk.customer("cards")
    leader = desk.router
    follower = desk.new_router("elsewhere")
    await follower.recover()
    assert (leader.leads, follower.leads) == (True, False)
    one = await Explanations(leader, desk.redis).live(second)
    other = await Explanations(follower, desk.redis).live(second)
    assert one.waits == other.waits
    assert one.waits is not None
    assert [rival.contact_id for rival in one.waits.before] == [first]
    assert (await desk.agent("anna")).state is AgentState.NOT_READY


def test_both_languages_have_the_same_texts_and_places() -> None:
    assert list(TEXTS["en"]) == list(TEXTS["zh-CN"])
    for key, text in TEXTS["en"].items():
        places = set(re.findall(r"\{(\w+)\}", text))
        assert set(re.findall(r"\{(\w+)\}", TEXTS["zh-CN"][key])) == places, key


def test_there_is_a_text_for_everything() -> None:
    keys: list[Any] = [f"cause.{one.value}" for one in Cause]
    keys += [f"obstacle.{one.value}" for one in Code if one is not Code.CLAUSE]
    keys += [f"strategy.{one.value}" for one in Strategy]
    keys += [f"medium.{one.value}" for one in Medium]
    keys += [f"preferred.{one.value}" for one in PreferredKind]
    keys += [f"step.{what}" for what in TOLD]
    for language in LANGUAGES:
        assert [key for key in keys if key not in TEXTS[language]] == []
    assert {one.value for one in EndReason} <= set(REASONS_ZH)
