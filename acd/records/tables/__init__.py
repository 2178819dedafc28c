"""The tables of the history, one file each.

Importing this package makes ``Base.metadata`` complete for what belongs to a
contact. Later rooms (customers, tickets, transcripts) refer to ``contact.id``
from tables of their own.
"""

from acd.records.tables.contact import ContactRow
from acd.records.tables.disposition import DispositionRow
from acd.records.tables.event import EventRow
from acd.records.tables.recording import RecordingRow
from acd.records.tables.segment import SegmentRow

__all__ = ["ContactRow", "DispositionRow", "EventRow", "RecordingRow", "SegmentRow"]
