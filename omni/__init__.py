"""Text channels as virtual calls: the room for their adapters.

An adapter turns a provider's messages into a contact with a text medium and brings
two parts: an :class:`ivr.conversation.Conversation` that writes and reads lines, and an
:class:`acd.driver.MediaDriver` (ring, connect, hold, add party, end). Nothing else of
Parley has to know the channel. There is no adapter yet.
"""
