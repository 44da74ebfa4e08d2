"""Files and assets for tests, drawn here and stored through the services."""

import io
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import Permission, User
from PIL import Image

from assets.models import Asset
from assets.services.adding import AssetInput, add_assets

PDF = b"%PDF-1.4\n%%EOF\n"
TEXT = "Wash at 30 °C.\n".encode()


@lru_cache(maxsize=64)
def picture(
    colour: str = "navy",
    size: tuple[int, int] = (60, 40),
    fmt: str = "PNG",
    mode: str = "RGB",
    **options: Any,
) -> bytes:
    """Return a picture of one colour with a corner in another, so that turning it can be seen."""
    image = Image.new(mode, size, colour)
    image.paste("white", (0, 0, size[0] // 4, size[1] // 4))
    buffer = io.BytesIO()
    image.save(buffer, fmt, **options)
    return buffer.getvalue()


def make_asset_user(name: str, *permissions: str) -> User:
    """Return somebody with these permissions of the app (`add_asset`, …) and no others."""
    user = User.objects.create_user(name, password="correct horse battery", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="assets", codename__in=permissions)
    )
    return user


def make_asset(
    code: str = "shoe.png", content: bytes | None = None, *, actor: User, approver: User | None = None
) -> Asset:
    """Return an asset with one more version of it added by `actor` and, if given, approved by `approver`."""
    result = add_assets(
        [AssetInput(code, content if content is not None else picture())],
        actor=actor,
        reason="test",
        approved_by=approver,
    )
    assert result.rejected == (), result.rejected
    return Asset.objects.get(code=result.stored_codes[code])
