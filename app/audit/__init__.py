"""The audit: who changed what, when, from where, and what it was before and after.

Each change that somebody asks for over the API is noted in Redis before it is made
(``trail.py``) and again when it is over, and carried to the database from there
(``writer.py``), so that neither a crash of ours nor a database that is away loses one.
"""
