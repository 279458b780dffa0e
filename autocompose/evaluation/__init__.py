"""How well retrieval and captions do, in numbers."""
