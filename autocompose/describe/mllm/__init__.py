"""One call to a multimodal model: prompts, pictures, protocol, prices, stored answers."""
