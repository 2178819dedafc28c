"""One module a fault; each has a ``ROW`` (``tests/chaos/row.py``)."""
