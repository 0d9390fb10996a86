"""Training of the temporal lifter: motion, simulated detectors, network, ONNX file.

``python -m limn.tools.lifter --help``; notebook/lifter.md tells how to retrain the shipped weights.
"""
