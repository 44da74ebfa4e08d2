"""A believable outdoor brand of our own invention: data, drawings and the loader that brings them in."""
