"""Whole calls through a whole installation: real phones, Asterisk, Valkey, SQLite."""
