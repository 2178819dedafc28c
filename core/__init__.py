"""Ground floor: ids, clock, errors, events, tasks, logs, database and Redis access.

Nothing here knows what a call, a queue or a channel is. Every other room may
import this one; this one imports none of them.
"""
