"""The state machines as pictures: ``python -m acd.diagrams [FILE]``.

Writes ``docs/states.md`` (or FILE) from the tables; a test checks that the file in
the repository is current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from acd.agent_states import AGENT_STATES
from acd.contact_states import CONTACT_STATES
from acd.offer_states import OFFER_STATES

FILE = Path(__file__).parent.parent / "docs" / "states.md"

_PAGE = """# States

Drawn from the tables by `python -m acd.diagrams`; do not edit. Whatever is not an
arrow here is refused with `illegal_transition`.

## Contact

A customer's call, or a text contact adapted into a virtual call
([table](../acd/contact_states.py)). `wrap_up` means that the customer is gone and an
agent still finishes; a contact ends exactly once, with one reason.

```mermaid
{contact}
```

## Agent

The working day of an agent ([table](../acd/agent_states.py)). An agent who wishes to
take a break or to log out while busy does so after wrap-up.

```mermaid
{agent}
```

## Offer

One contact put to one agent until a deadline ([table](../acd/offer_states.py)). It is
decided once; whatever comes later is refused and the agent is told.

```mermaid
{offer}
```
"""


def page() -> str:
    """The whole document."""
    return _PAGE.format(
        contact=CONTACT_STATES.mermaid(),
        agent=AGENT_STATES.mermaid(),
        offer=OFFER_STATES.mermaid(),
    )


def main() -> None:
    """Write the document."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
