"""Which of several people a text means."""
