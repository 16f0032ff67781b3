"""Policy files: YAML parsing, validation by Pydantic, publication as events."""
