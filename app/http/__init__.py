"""The HTTP API, the live feed, health and metrics.

One file a noun, all alike: a class that takes the parts it needs and whose
``routes`` declare each path with who may use it, what it takes and what it
gives. Nothing is reachable that is not declared so (``app.http.dispatch``).
"""
