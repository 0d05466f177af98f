"""The house's own tools: environments, generated documentation, Hub definitions. Nothing here is published."""
