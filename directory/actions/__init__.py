"""Use cases, one verb each. Only an action commits, once, as its last step."""
