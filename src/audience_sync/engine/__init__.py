"""Durable execution: a run that was begun is ended, whatever dies meanwhile. The only room that knows DBOS."""
