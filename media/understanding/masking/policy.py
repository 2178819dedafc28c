"""Which numbers are masked, when, and with what.

The policy, in words:

* **Cards.** Any 13 to 19 digits in a row with a right check digit that begin as some
  issuer's cards do are masked, wherever they stand in a longer row; so is a whole row of
  13 to 19 digits with a right check digit of any issuer, and a whole row of an issuer's
  common length with a wrong one (a digit was misheard).
* **Identity numbers.** 18 places with a province and a possible birth date, whether the
  check digit is right or not; US social security numbers written ``123-45-6789`` or
  announced.
* **Secrets.** 3 to 8 digits after words that announce them: CVV, PIN, password, one-time
  code; and any such digits while :meth:`~.leg.LegMasker.expect` is in force.
* *In a row* means: with nothing but separators, line ends and hesitations between them,
  or over several utterances of one leg. With other words between (up to
  ``loose_words``) the parts still make one number if they do so as whole rows.
* **In progress.** Digits at the end of what was said that could go on to become a card or
  an identity number are *held*: masked from the ``hold_from``-th digit on, then all of
  them, the first ones too. They are shown again when something else follows, when
  ``break_seconds`` pass, or when the number turns out to be another one (a telephone
  number, a configured order number, money, a date).
* Numbers announced or configured as something else are never held, but are masked all
  the same once they are a card with a right check digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

CARD = "card"
IDENTITY = "identity"
SECRET = "secret"  # noqa: S105
PHONE = "phone"
DEFAULT_KINDS = frozenset({CARD, IDENTITY, SECRET})


@dataclass(frozen=True, slots=True)
class Policy:
    """``kinds``: what is masked, of ``card``, ``identity``, ``secret``, ``phone``.
    ``keep_last``: how many last digits of a whole card stay readable (PCI DSS allows 4).
    ``exempt``: patterns, for :mod:`~media.understanding.compact` text, of the company's
    own numbers, which are neither held nor taken for misread cards."""

    kinds: frozenset[str] = DEFAULT_KINDS
    mask: str = "•"
    keep_last: int = 0
    hold_from: int = 5
    loose_words: float = 8
    break_seconds: float = 30
    longest_utterances: int = 64
    exempt: tuple[re.Pattern[str], ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.mask) != 1 or self.mask.isalnum():
            raise ValueError("a mask is one character that is no letter and no digit")
        if not (0 <= self.keep_last <= 4 and 1 <= self.hold_from <= 6):
            raise ValueError("keep_last is 0 to 4, hold_from 1 to 6")
