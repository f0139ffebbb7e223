"""Trained taggers as ONNX files."""
