"""Self-service: flows of nodes, run by one engine against any medium.

The engine knows a medium only through :class:`ivr.conversation.Conversation`, so
that a call and a chat take the same menus. A flow ends with an
:class:`ivr.outcome.Outcome`; what is then done about it is the caller's affair.
"""
