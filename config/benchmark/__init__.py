"""The benchmark: what `manage.py benchmark` measures, on databases of its own."""
