"""Conversion of the networks that Limn ships, from pinned packages to ONNX."""
