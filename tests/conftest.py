"""Fixtures for every test: real servers, each on ports and folders of its own.

They are written in ``tests/support``; here they are only made known to pytest.
"""

from core.log import configure_logging
from tests.support.ami import ami_connect  # noqa: F401
from tests.support.app_process import killable  # noqa: F401
from tests.support.asterisk import (  # noqa: F401
    asterisk,
    asterisk_factory,
    port_block,
    programs,
)
from tests.support.audiosocket import audiosocket  # noqa: F401
from tests.support.baresip import baresip  # noqa: F401
from tests.support.browser import page  # noqa: F401
from tests.support.carrier import carrier  # noqa: F401
from tests.support.embedded import parley_up  # noqa: F401
from tests.support.installation import installation  # noqa: F401
from tests.support.logs import log_lines  # noqa: F401
from tests.support.parley_asterisk import parley_asterisk  # noqa: F401
from tests.support.phones import (  # noqa: F401
    phones,
)
from tests.support.postgres import (  # noqa: F401
    postgres_of_worker,
    postgres_url,
)
from tests.support.raw_carrier import raw_carrier  # noqa: F401
from tests.support.valkey import (  # noqa: F401
    redis,
    redis_url,
    valkey,
    valkey_factory,
    valkey_of_worker,
)
from tests.support.web import (  # noqa: F401
    web_house,
)


def pytest_configure() -> None:
    """Log as a server does: structlog's own default prints every local variable with a
    traceback, which can hold up the event loop for seconds."""
    configure_logging("info")
