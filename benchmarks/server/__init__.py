"""A local vendor that costs next to nothing: its rows are encoded before the first request and sent from a file."""
