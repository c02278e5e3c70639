"""Stand-ins for the two servers: real HTTP on loopback, with state, a request log and faults."""
