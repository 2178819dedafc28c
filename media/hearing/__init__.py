"""What is heard of one conversation: recognised, masked, understood, felt.

Nothing here knows of Asterisk, contacts or Redis: legs of sound go in, :class:`~.told.Told`
comes out, masked already. Times are seconds on the conversation's clock, which all its
legs share.
"""
