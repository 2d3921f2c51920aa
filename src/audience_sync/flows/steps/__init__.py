"""The steps of a run, in their order: open, freeze, upload, settle, close. Each is one durable step of the engine."""
