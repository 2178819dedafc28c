"""Real calls in numbers for the bench of hearing: phones of our own that talk, what they
say and when, what came across, and what the app heard of it."""
