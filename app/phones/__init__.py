"""What agents do and see at their telephones besides talking: feature codes, lamps,
messages, hot desking."""
