"""One context read: what the pure rules need to know before an event is posted."""
