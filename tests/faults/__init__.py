"""What breaks in the real world: processes that die, servers that stop, crowds, input that cannot be."""
