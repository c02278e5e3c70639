"""Which plex_paths a stash_path may have, and which scenes take part.

Pure: must know neither Stash, Plex nor the disk.
"""
