"""A contact centre's day, made by seed and replayed in simulated time."""
