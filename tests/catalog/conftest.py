"""Fixtures of the catalogue's tests."""

import pytest

from tests.factories.catalog import make_structure


@pytest.fixture
def structure(db: None) -> None:
    """Load the small structure of the factories."""
    make_structure()
