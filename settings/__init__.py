"""One frozen dataclass of settings and one parse that reports every problem at once; knows no source but the mappings it is handed."""
