"""Singer tap for Genesys Cloud."""
