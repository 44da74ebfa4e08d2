"""Models of the channels."""

from channels.models.channel import ApiKey, Channel, FieldMapping
from channels.models.feed import FeedRun, Handover
from channels.models.listing import Body, DirtyUnit, Listing, ListingVersion
from channels.models.profile import Profile, ProfileField, ProfileRule, ProfileVersion

__all__ = [
    "ApiKey",
    "Body",
    "Channel",
    "DirtyUnit",
    "FeedRun",
    "FieldMapping",
    "Handover",
    "Listing",
    "ListingVersion",
    "Profile",
    "ProfileField",
    "ProfileRule",
    "ProfileVersion",
]
