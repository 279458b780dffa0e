"""What somebody does -> how a body looks at it: a table of acts, or a language model asked."""
