"""The same stages through the OpenAI Batch API."""
