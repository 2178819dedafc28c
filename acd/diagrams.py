"""The state machines as pictures: ``python -m acd.diagrams [FILE]``.

Writes ``docs/states.md`` (or FILE) from the tables; a test checks that the file in
the repository is current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from acd.agent_states import PRESENCE
from acd.assignment_states import ASSIGNMENT_STATES
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

What an agent has said ([table](../acd/agent_states.py)). Contacts in hand go on
whatever is said: a break or log-out during a call comes when it is over. What screens
show as the agent's state is this, or, of who has something in hand, `offered`, `busy`
or `wrap_up`.

```mermaid
{agent}
```

## Assignment

An agent's part in one contact ([table](../acd/assignment_states.py)). An agent may have
several, as far as their capacity goes ([weights](../acd/capacity.py)); those `parked`
take none.

```mermaid
{assignment}
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
        agent=PRESENCE.mermaid(),
        assignment=ASSIGNMENT_STATES.mermaid(),
        offer=OFFER_STATES.mermaid(),
    )


def main() -> None:
    """Write the document."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
