"""What a reviewer sees next, and why."""
