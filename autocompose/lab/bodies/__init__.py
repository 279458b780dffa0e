"""Bodies from joints alone: recombined, given thickness by capsules, judged plausible."""
