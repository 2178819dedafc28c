"""The flows of the configuration, read and proven."""

from __future__ import annotations

from pathlib import Path

from app.calls.overflow_flows import overflow_flows
from config.model import Settings
from config.problems import ConfigError
from core.log import get_logger
from ivr.check import check
from ivr.flow import Flow, load_flow
from ivr.platform import Platform

log = get_logger(__name__)


def load_flows(settings: Settings, platform: Platform) -> dict[str, Flow]:
    """All flows, those written and those of queues' overflow. Raises
    :class:`~config.problems.ConfigError` with every error found in any of them."""
    flows = {name: load_flow(Path(path), name=name) for name, path in settings.flows.items()}
    flows |= overflow_flows(settings)
    problems = [problem for flow in flows.values() for problem in check(flow, platform)]
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        raise ConfigError(errors)
    for problem in problems:
        log.warning("flow.doubtful", where=str(problem.place), problem=problem.message)
    return flows
