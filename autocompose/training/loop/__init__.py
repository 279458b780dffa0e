"""The two stages of the paper, step by step."""
