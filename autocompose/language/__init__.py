"""English about bodies: which side is meant, texts read as claims, facts written as sentences."""
