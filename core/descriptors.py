"""File descriptors: as many as the system allows, and how many are left.

A process that has none left can accept no call. So the limit is raised at start, and who
can do with fewer (the web server) looks at what is left.
"""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Final

from core.log import get_logger

log = get_logger(__name__)

_ENOUGH: Final = 65_536
"""Not more: some programs walk through all that they may have."""


def raise_limit() -> int:
    """Let this process (and those it starts from now on) open as many files as its hard
    limit allows, at most 65,536; the limit that is in force then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError) as error:
            log.warning("descriptors.limit_stays", limit=soft, error=type(error).__name__)
    return limit()


def limit() -> int:
    """How many this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _ENOUGH if soft == resource.RLIM_INFINITY else soft


def used() -> int:
    """How many it has open; the limit itself if not even that can be found out."""
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return limit()
