"""Everything that has to hold, tried against real servers."""

import pytest

# Before any of it is imported: an assertion in there says what differed, too.
pytest.register_assert_rewrite("tests.support")
