"""The cast of the asset tests."""

import pytest
from django.contrib.auth.models import User

from tests.factories.assets import make_asset_user


@pytest.fixture
def adder(db: None) -> User:
    """Return somebody who adds and changes assets."""
    return make_asset_user("adder", "view_asset", "add_asset", "change_asset")


@pytest.fixture
def approver(db: None) -> User:
    """Return somebody who approves them."""
    return make_asset_user("approver", "view_asset", "approve_asset")


@pytest.fixture
def viewer(db: None) -> User:
    """Return somebody who only looks."""
    return make_asset_user("viewer", "view_asset")


@pytest.fixture
def stranger(db: None) -> User:
    """Return somebody with an account and no rights."""
    return make_asset_user("stranger")
