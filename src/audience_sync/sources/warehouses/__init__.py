"""The user's own warehouses: their SQL, checked to only read, comes as Arrow. One module per kind."""
