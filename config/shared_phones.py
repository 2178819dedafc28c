"""Telephones that belong to nobody: whoever logs in at one works there (hot desking)."""

from __future__ import annotations

from config.base import Extension, Label, Section


class SharedPhone(Section):
    """A phone at which agents log in with their number and PIN. ``extension`` is its SIP
    user; its secret is named like that of an agent's phone."""

    name: str = ""
    label: Label = Label({})
    extension: Extension
