"""Voice: the call as the router's medium.

``legs`` knows every channel that matters and whose it is, ``call_events`` turns what
Asterisk reports into what the router wants to know, ``driver`` is the router's
:class:`~acd.driver.MediaDriver`, ``desk`` has the verbs that only calls know,
``recorder`` keeps the recordings and ``resync`` compares it all with Asterisk after
every connection.
"""
