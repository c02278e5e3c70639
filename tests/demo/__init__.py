"""`make demo`: the main job end to end, on stand-in servers, with the plugin's true processes in between."""
