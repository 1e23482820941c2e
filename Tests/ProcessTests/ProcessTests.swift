import Testing

/// Real processes on the loopback address. One at a time: they share two cores with each other.
@Suite(.serialized) enum ProcessTests {}
