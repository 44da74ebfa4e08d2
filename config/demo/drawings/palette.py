"""The three colours a drawing is given."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Colours:
    """Colours of one colourway as `#rrggbb`: the body, its second material and the accent."""

    main: str
    second: str
    accent: str
