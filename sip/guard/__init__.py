"""Who guesses SIP passwords is counted, blocked by address, and told of."""
