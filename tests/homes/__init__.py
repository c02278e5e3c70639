"""Homes that containers and network shares are: what the system of a machine can be made to refuse, in namespaces and by a library."""
