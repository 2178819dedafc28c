"""Recordings: finished from what Asterisk wrote, judged, silenced where they must be,
drawn, sealed, and read again in parts.

``finish`` makes a recording; ``sound`` reads one, plain or sealed.
"""
