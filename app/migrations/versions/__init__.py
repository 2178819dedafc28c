"""One file a change of the schema, in the order in which they are applied."""
