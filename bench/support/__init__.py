"""What the benches share: an installation, tables of figures, sipp."""
