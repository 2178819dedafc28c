"""``parley selftest``: a real call through the running system to an agent of its own.

``scene`` is what the app keeps ready for it (a queue, an agent and a number that
customers cannot reach), ``api`` lets the operator's command take and leave that
agent, ``run`` places the call with real phones and measures it.
"""
