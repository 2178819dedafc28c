"""Where hearing meets calls: what is heard of a contact, live, stored and afterwards.

This is glue between rooms that do not know each other: ``sip`` taps, ``media`` hears,
``acd`` knows whose contact it is, ``core`` keeps and tells.
"""
