"""What the ACD refuses, each with a stable code."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, Conflict, Full, NotFound


class ContactNotFound(NotFound):
    """No such live contact (it may have ended and been stored)."""

    code: ClassVar[str] = "contact_not_found"


class RecordingNotFound(NotFound):
    """The history has no recording of this id."""

    code: ClassVar[str] = "recording_not_found"


class AgentNotFound(NotFound):
    """No such agent in the configuration."""

    code: ClassVar[str] = "agent_not_found"


class UnknownQueue(NotFound):
    """No such queue in the configuration."""

    code: ClassVar[str] = "unknown_queue"


class UnknownSkill(BadInput):
    """A contact asks for a skill that is not configured: it would wait in vain."""

    code: ClassVar[str] = "unknown_skill"


class UnknownMedium(BadInput):
    """No driver carries this medium."""

    code: ClassVar[str] = "unknown_medium"


class QueueFull(Full):
    """The queue holds as many waiting contacts as it may."""

    code: ClassVar[str] = "queue_full"


class AgentNotReady(Conflict):
    """The named agent cannot take a contact now."""

    code: ClassVar[str] = "agent_not_ready"


class DeviceUnregistered(AgentNotReady):
    """The agent has no device that could be rung."""

    code: ClassVar[str] = "device_unregistered"


class DeviceUnreachable(AgentNotReady):
    """The agent's device is known but does not respond."""

    code: ClassVar[str] = "device_unreachable"


class VersionConflict(Conflict):
    """Somebody else changed it first; read it again and decide anew."""

    code: ClassVar[str] = "version_conflict"
    retryable: ClassVar[bool] = True


class Fenced(Conflict):
    """This process led the routing and does not any more: what it wrote as the leader
    was refused."""

    code: ClassVar[str] = "fenced"
    retryable: ClassVar[bool] = True


class QueueClosed(Conflict):
    """The queue is out of its hours."""

    code: ClassVar[str] = "queue_closed"


class WaitTooLong(Full):
    """One would have to wait longer than the queue allows for."""

    code: ClassVar[str] = "wait_too_long"


class CustomerUnreached(Conflict):
    """A call-back: the customer did not answer, or could not be called."""

    code: ClassVar[str] = "customer_unreached"


class OtherNode(Conflict):
    """Another node carries the medium of this contact; ask that one."""

    code: ClassVar[str] = "other_node"


class AgentGone(Conflict):
    """The agent's side ended before it could be joined with the customer."""

    code: ClassVar[str] = "agent_gone"
