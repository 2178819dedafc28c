"""Runs flows for contacts and keeps their place, so that a restart goes on there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from acd.router import Router
from core.clock import Clock
from core.errors import BadInput
from core.log import get_logger
from core.redis import Keys
from ivr.conversation import Conversation
from ivr.engine import Engine
from ivr.flow import Flow
from ivr.nodes.hangup import HangupNode
from ivr.outcome import Outcome
from ivr.platform import Platform
from ivr.state import FlowState

log = get_logger(__name__)

_KEPT_SECONDS = 4 * 3600
_LONGEST_PATH = 100
_PATH = "ivr_path"  # the attribute that names the nodes, of all flows one after another


class FlowRuns:
    """All flows of the configuration, by name."""

    def __init__(
        self,
        flows: Mapping[str, Flow],
        platform: Platform,
        router: Router,
        redis: Redis,
        keys: Keys,
        clock: Clock,
    ) -> None:
        self._flows = flows
        self._platform = platform
        self._router = router
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._paths: dict[str, list[str]] = {}

    async def run(
        self, flow: str, contact_id: str, conversation: Conversation, customer_number: str = ""
    ) -> Outcome:
        """The outcome of ``flow`` for this contact, from where it was before a restart."""
        path = self._paths.setdefault(contact_id, [])

        async def save(state: FlowState) -> None:
            await self._redis.set(
                self._keys("ivr", contact_id), json.dumps(state.as_dict()), ex=_KEPT_SECONDS
            )
            node = self._flows[flow].nodes[state.node]
            if isinstance(node, HangupNode):  # who leaves during the goodbye did not abandon
                await self._router.contacts.set_end_reason(contact_id, node.reason)

        def trace(type_: str, data: Mapping[str, Any]) -> None:
            log.info(type_, contact=contact_id, **data)
            if type_ == "ivr.node_entered" and len(path) < _LONGEST_PATH:
                path.append(str(data["node"]))

        try:
            engine = Engine(
                self._flows[flow],
                conversation,
                self._platform,
                start_at=await self._kept(flow, contact_id),
                trace=trace,
                save=save,
                clock=self._clock,
                customer_number=customer_number,
            )
            try:
                return await engine.run()
            finally:
                conversation.language = engine.state.language
        except BaseException:
            self._paths.pop(contact_id, None)  # nobody comes for the result
            raise

    async def keep_result(self, contact_id: str, outcome: Outcome, language: str) -> None:
        """Note on the contact what self-service found out; the place is not needed
        any more."""
        contact = await self._router.contacts.get(contact_id)
        before = contact.attributes.get(_PATH)
        path = [*(before if isinstance(before, list) else []), *self._paths.pop(contact_id, [])]
        await self._router.contacts.add_fitting(
            contact_id, {_PATH: path[-_LONGEST_PATH:], **outcome.attributes}
        )
        await self._router.contacts.set_language(contact_id, language)
        await self.forget(contact_id)

    async def forget(self, contact_id: str) -> None:
        """The next run starts at the beginning."""
        await self._redis.delete(self._keys("ivr", contact_id))

    async def _kept(self, flow: str, contact_id: str) -> FlowState | None:
        try:
            text = await self._redis.get(self._keys("ivr", contact_id))
            state = FlowState.from_dict(json.loads(text)) if text else None
        except (RedisError, ValueError, BadInput) as error:
            log.warning("ivr.state_lost", contact=contact_id, error=type(error).__name__)
            return None
        return state if state is not None and state.flow == flow else None
