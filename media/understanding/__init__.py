"""What the words mean: facts, sensitive numbers, sentiment, intents, and how they are written.

Text only; audio is never touched here. Everything works offline with the small tables
and models in ``data/``. Unless a docstring says otherwise a call on one utterance (up to
a few hundred characters) takes less than a millisecond and may run on the event loop;
what is slower (loading a model, training, whole transcripts) belongs in a thread.
"""
