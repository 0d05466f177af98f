"""A Singer target that sends user profiles to Amplitude and knows the fate of every record."""
