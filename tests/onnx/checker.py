"""checker.py MODEL.onnx...: the checker of the onnx package, with the inference of all shapes, accepts each file. Exit code 77: the package is not there."""
import sys

try:
    import onnx
except ImportError:
    print("SKIPPED: Python has no package onnx (Debian: python3-onnx)")
    sys.exit(77)
for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
print(f"{len(sys.argv) - 1} models accepted by onnx {onnx.__version__}")
