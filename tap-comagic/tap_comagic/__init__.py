"""Singer tap for the CoMagic / UIS Data API."""
