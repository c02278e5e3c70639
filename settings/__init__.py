"""One frozen dataclass of settings and one parse that reports every problem at once. Of its sources it knows `config.yaml` alone; the others come as mappings."""
