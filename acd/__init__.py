"""Automatic contact distribution: contacts, queues, agents, offers, one router.

It knows media only through :class:`acd.driver.MediaDriver`, so a call and a chat
are routed by the same lines.
"""
