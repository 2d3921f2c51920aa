"""The web app: server-rendered pages over the same flows as the API."""
