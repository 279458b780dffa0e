"""Hugging Face `datasets`, in and out."""
