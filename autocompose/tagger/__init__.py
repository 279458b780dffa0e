"""Which words of a text claim what: a learnt tagger, and changes as records."""
