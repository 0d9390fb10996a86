"""A studio that films made-up people with known truth: MakeHuman bodies moved by motion capture.

``wardrobe`` makes figures, ``puppet`` poses them after captured motion, ``stage`` sets rooms,
lights and cameras, ``renderer`` draws them with OpenGL, ``shooting`` draws whole clips by lot.
"""
