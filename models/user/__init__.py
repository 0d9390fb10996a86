"""Networks that users bring: descriptors, the folder of models, adding and downloading."""
