"""Free text -> claims."""
