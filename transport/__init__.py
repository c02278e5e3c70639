"""One HTTP session under both clients. Knows neither Stash nor Plex, nor what a failure means for them."""
