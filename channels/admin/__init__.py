"""Pages of channels."""

from channels.admin.api_key import ApiKeyAdmin
from channels.admin.channel import ChannelAdmin
from channels.admin.feed import FeedRunAdmin
from channels.admin.listing import ListingAdmin
from channels.admin.profile import ProfileAdmin

__all__ = ["ApiKeyAdmin", "ChannelAdmin", "FeedRunAdmin", "ListingAdmin", "ProfileAdmin"]
