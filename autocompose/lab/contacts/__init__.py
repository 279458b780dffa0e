"""Parts of a body that touch: named, voted for by a model, and met by a refined body."""
