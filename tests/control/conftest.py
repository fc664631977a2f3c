"""A running OSC server and its client."""

import pytest
from osc_client import Show


@pytest.fixture
def show():
    show = Show()
    yield show
    show.close()
