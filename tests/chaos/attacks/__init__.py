"""One module an attack; each has a ``ROW`` (``tests/chaos/row.py``).

An attack runs against a whole installation of its own (``scene.house()``) while people
talk and call. Its promise is about them: nobody is cut off, callers are served, and
nothing is done that was not allowed. Traffic is bounded in count and time.
"""
