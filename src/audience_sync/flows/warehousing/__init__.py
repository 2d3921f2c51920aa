"""How a warehouse is looked at, pulled and shown."""
