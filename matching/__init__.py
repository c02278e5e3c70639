"""Which plex_paths a stash_path may have, and which scenes take part; knows neither Stash, Plex nor the disk. Pure."""
