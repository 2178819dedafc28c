"""Why a write failed: is the database away, or are these rows impossible?

The first is waited out; the second would fail for ever and must not keep the
other contacts of the batch out of the history.
"""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

# SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation):
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_OF_ROWS = ("22", "23")


def is_of_rows(error: BaseException) -> bool:
    """Whether ``error`` comes from the rows themselves."""
    if isinstance(error, IntegrityError | DataError):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return False
        state = getattr(error.orig, "sqlstate", None) or ""
        # Drivers that cannot encode a value raise a ValueError of their own kind.
        causes = (error.orig, getattr(error.orig, "__cause__", None))
        return state.startswith(_OF_ROWS) or any(
            isinstance(cause, ValueError | OverflowError) for cause in causes
        )
    # Not from the driver: a value that does not fit its column's type.
    return isinstance(error, StatementError | ValueError | TypeError | OverflowError)


def describe(error: BaseException) -> str:
    """``error`` in one line for logs and health, without what the rows held."""
    names = [type(error).__name__]
    cause: BaseException = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        cause = error.orig
        names.append(type(cause).__name__)
    if is_of_rows(error):  # its message may quote the value
        return ": ".join(names)
    # Drivers put the class before what the server said: <class '...'>: ...
    message = str(cause).rpartition("'>: ")[2].strip().splitlines()
    return ": ".join([*names, message[0][:200]] if message else names)
