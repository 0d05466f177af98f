"""Amplitude's ingestion APIs, https://amplitude.com/docs/apis/analytics ."""
