"""Bodies and contacts: robots, tasks, cameras, variation; mujoco lives here only."""
