"""The account's smaller lists, by family; sites, campaigns, employees and tags are in ``catalog``."""
