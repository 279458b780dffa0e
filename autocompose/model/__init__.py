"""The shared model: open_clip towers, the Combiner, losses, checkpoints."""
