"""The pose lab's model at work: a wish in words becomes a body, a body becomes words."""
