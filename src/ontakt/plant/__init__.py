"""Tags and topics: what the plant's own systems read from a cell."""
