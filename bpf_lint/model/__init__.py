"""Values that every layer may hold: places in source, contexts, origins, findings."""
