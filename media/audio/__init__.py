"""Live sound: the AudioSocket server, frames, resampling, gaps, queues."""
