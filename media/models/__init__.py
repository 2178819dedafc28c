"""Speech models: where they are, whether they are whole, how to get more."""
