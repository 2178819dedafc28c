"""The prompts that come with Parley: texts, sounds, and how numbers are spoken."""
