"""Predicting waits: the loads that are simulated and what our estimator is compared with."""
