"""How the bundled weights are made: corpora, augmentation, fitting, figures."""
