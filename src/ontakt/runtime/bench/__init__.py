"""What the runtime takes: lateness of its ticks, round trip of its server, cost of a strategy."""
