"""Bodies from elsewhere: motion files, skeletons of other tools, photographs."""
