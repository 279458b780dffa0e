"""Optional extra: clothed bodies in real poses, rendered into the demo dataset."""
