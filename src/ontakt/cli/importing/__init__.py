"""What `ontakt import` asks for, and what it tells."""
