"""Running the project: jobs decided by run summaries, and the demonstration."""
