"""Recordings of the installation: finished, kept, held, read, and deleted in time.

``vault`` has the files, ``ledger`` what is known of them, ``holds`` what must not be
deleted, ``sweep`` deletes what is too old, ``rotation`` changes the key.
"""
