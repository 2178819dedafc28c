"""Each decision since the last look, compared with the reference: the order of contacts, the
choice of agent, and that nothing goes back to who passed it on."""

from __future__ import annotations

from dataclasses import replace

from acd.agent_states import Presence
from acd.contact_states import ContactState
from tests.acd.proof import reference
from tests.acd.proof.firm import QUEUE
from tests.acd.proof.ledger import Claim, Ledger
from tests.acd.proof.looks import Look

_S = ContactState
_CLOSE = 1e-6  # points of priority that are no difference


def compare(ledger: Ledger, before: Look, now: Look) -> int:
    """How many could be compared; AssertionError for one that is wrong."""
    if now.refused != before.refused or ledger.comings > 1:
        return 0  # what was known when is not clear
    for claim in ledger.claims:
        _goes_on(claim, before, now)
        _decision(claim, before, now)
    return len(ledger.claims)


def _goes_on(claim: Claim, before: Look, now: Look) -> None:
    """Who passed a contact on is not offered it back, unless nobody else could be."""
    contact = now.contacts.get(claim.contact_id)
    if claim.passed_on is None or contact is None:
        return
    agent_id, to, since = claim.passed_on
    waited = (claim.event.at - since).total_seconds()
    within = waited < QUEUE[to].transfer_back_after - reference.NEAR
    if claim.agent_id != agent_id or contact.queue != claim.event.data["queue"] or not within:
        return
    then = replace(contact, passed_on=None, not_before=None)
    for look_ in (before, now):
        others = [a for a in look_.agents.values() if a.id != agent_id]
        if not reference.able(then, others, claim.event.at):
            return
    if reference.borderline(then, claim.event.at):
        return
    raise AssertionError(f"{agent_id} passed {contact} on and was offered it again")


def _decision(claim: Claim, before: Look, now: Look) -> None:
    at = claim.event.at
    told = float(claim.event.data["why"]["score"])
    chosen = before.contacts.get(claim.contact_id)
    known = chosen is not None and claim.contact_id not in claim.touched
    if known and chosen is not None and chosen.state is _S.QUEUED:
        assert abs(reference.score(chosen, at) - told) < 0.01, (chosen, told)
    for other in before.contacts.values():
        if other.state is not _S.QUEUED or other.id in claim.touched:
            continue
        if other.id not in before.open_to & now.open_to or reference.borderline(other, at):
            continue
        if other.id == claim.contact_id or reference.score(other, at) <= told + 0.01:
            continue
        may = reference.able(other, before.agents.values(), at)
        may &= reference.able(other, now.agents.values(), at)
        assert claim.agent_id not in may or not reference.fits(
            claim.agent_id, claim.hands, other.medium
        ), f"{other} comes before {claim.contact_id}, with {claim.agent_id} free for both"
    if not known or chosen is None or chosen.state is not _S.QUEUED:
        return
    if claim.agent_id in claim.touched or reference.borderline(chosen, at):
        return
    agent = before.agents[claim.agent_id]
    may = reference.able(chosen, before.agents.values(), at)
    may &= reference.able(chosen, now.agents.values(), at)
    for other_agent in before.agents.values():
        if other_agent.id in claim.touched or other_agent.id not in may:
            continue
        if other_agent.presence is not Presence.READY:
            continue
        if reference.fits(other_agent.id, reference.hands_of(other_agent), chosen.medium):
            mine, theirs = (reference.merit(chosen, a, at) for a in (agent, other_agent))
            better = theirs[0] < mine[0] - _CLOSE or (
                abs(theirs[0] - mine[0]) < _CLOSE and theirs[1:] < mine[1:]
            )
            assert not better, (
                f"{other_agent.id} {theirs} is better than {agent.id} {mine} for {chosen}"
            )
