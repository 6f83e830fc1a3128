"""Say what stopped a build."""


class BuildError(Exception):
    """A build cannot go on; the message says where, why, and what to do."""
