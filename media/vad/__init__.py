"""Voice activity, turns, what is not speech, and barge-in."""
