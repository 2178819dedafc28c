"""Speech from text: one contract, an engine a language, a cache in front (docs/synthesis.md)."""
