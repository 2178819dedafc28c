"""How tense a caller's voice is: measured, scored, followed through the call."""
