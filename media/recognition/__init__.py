"""Speech to text: the streaming contract, engines, the processes they run in."""
