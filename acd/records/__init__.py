"""The durable history: what is kept of a contact after it has left memory.

``writer`` carries changed contacts from Redis to the database, ``queries`` reads
them, ``tables`` says what is kept.
"""
