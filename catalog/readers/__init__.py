"""Readers: files as sources write them, turned into rows that intake understands."""
