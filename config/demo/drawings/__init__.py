"""The pictures of the demonstration brand, drawn with Pillow when they are needed."""
