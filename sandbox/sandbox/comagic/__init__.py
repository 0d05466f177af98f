"""CoMagic / UIS Data API 2.0, https://comagic.github.io/data_api/ ."""
