"""Files in and out: the official dataset layout, triplets, image preprocessing."""
