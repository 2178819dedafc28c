"""Where a call meets the rest: entrance, prompts over FastAGI, announcements.

This is glue between rooms that do not know each other: ``ivr`` asks, ``sip`` plays,
``acd`` decides, ``config`` says what there is.
"""
