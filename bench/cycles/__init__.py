"""The router under load: cycles a second, time to a claim, growth, memory."""
