"""Genesys Cloud Platform API v2: login, analytics details and jobs, quality, lookups."""
