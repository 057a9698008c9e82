"""Trained AdaTape models in Python: the C interface (adatape.h) through ctypes and NumPy. Nothing is compiled.

    >>> import adatape
    >>> with adatape.Model("model.safetensors") as model:
    ...     picture = model.read_picture("picture.png")
    ...     answers = model.predict(picture)
    ...     shorter = model.predict(picture, max_tape_tokens=1)
    ...     name = model.class_names[answers.classes[0]]
    >>> answers.probabilities.shape, shorter.tape_length
    ((1, 10), array([[1]]))
    >>> bool(shorter.macs[0] < answers.macs[0])
    True

The shared library is found by `library=...`, by the environment variable ADATAPE_LIBRARY, beside this file, or where the system looks for libadatape_c.so. It holds
the models that it was compiled with; adatape_compile.library_for makes one for any other file.
"""
import contextlib
import ctypes
import ctypes.util
import dataclasses
import os
import pathlib

import numpy

ABI_VERSION = 1


class Error(Exception):
    """What the library says of a call that failed. Nothing has changed then."""


class UnknownModel(Error):
    """The file is sound, but its configuration is not compiled into the library."""


class _Facts(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t),
                *((name, ctypes.c_int64) for name in ("input_size", "height", "width", "channels", "classes", "reads", "max_tape_tokens", "bank_size",
                                                      "bank_patch", "bank_columns")),
                ("tau", ctypes.c_double), ("largest_tau", ctypes.c_double), ("softmax", ctypes.c_int32)]


class _Settings(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("tau", ctypes.c_double), ("max_tape_tokens", ctypes.c_int64), ("exact_tape_tokens", ctypes.c_int64),
                ("no_tape", ctypes.c_int32), ("threads", ctypes.c_int32)]


class _Answers(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t),
                *((name + end, kind) for name in ("logits", "tape_length", "indices", "weights", "steps", "macs")
                  for end, kind in (("", ctypes.c_void_p), ("_count", ctypes.c_size_t)))]


def _signatures():
    model, status, size, pointer = ctypes.c_uint64, ctypes.c_int32, ctypes.c_size_t, ctypes.POINTER
    return {
        "adatape_abi_version": (ctypes.c_int32, []),
        "adatape_version": (ctypes.c_char_p, []),
        "adatape_last_error": (ctypes.c_char_p, []),
        "adatape_open": (status, [ctypes.c_char_p, ctypes.c_char_p, pointer(model)]),
        "adatape_close": (status, [model]),
        "adatape_get_facts": (status, [model, pointer(_Facts)]),
        "adatape_class_name": (status, [model, ctypes.c_int64, ctypes.c_char_p, size, pointer(size)]),
        "adatape_tokens_per_step": (status, [model, pointer(_Settings), pointer(ctypes.c_int64)]),
        "adatape_normalise": (status, [model, ctypes.c_void_p, size, ctypes.c_void_p]),
        "adatape_read_picture": (status, [model, ctypes.c_char_p, ctypes.c_void_p, size]),
        "adatape_predict": (status, [model, ctypes.c_void_p, size, pointer(_Settings), pointer(_Answers)]),
    }


class Library:
    """A shared library of the C interface. Any number of models may be open in it. Raises Error where it cannot be loaded."""

    def __init__(self, path=None):
        self.path = str(path or os.environ.get("ADATAPE_LIBRARY") or self._found())
        try:
            self._library = ctypes.CDLL(self.path)
        except OSError as error:
            raise Error(f"cannot load the library: {error}") from None
        for name, (result, arguments) in _signatures().items():
            try:
                function = getattr(self._library, name)
            except AttributeError:
                raise Error(f"{self.path}: is no library of adatape: it lacks {name}") from None
            function.restype, function.argtypes = result, arguments
        found = self._library.adatape_abi_version()
        if found != ABI_VERSION:
            raise Error(f"{self.path}: wanted ABI version {ABI_VERSION}, found {found}")

    @property
    def version(self):
        return self._library.adatape_version().decode()

    def call(self, name, *arguments):
        """Calls a function that returns a status. Raises UnknownModel, MemoryError or Error where it fails."""
        status = getattr(self._library, name)(*arguments)
        if status:
            raise {3: UnknownModel, 4: MemoryError}.get(status, Error)(self._library.adatape_last_error().decode())

    @staticmethod
    def _found():
        beside = pathlib.Path(__file__).resolve().parent / "libadatape_c.so"
        return beside if beside.exists() else ctypes.util.find_library("adatape_c") or "libadatape_c.so"


@dataclasses.dataclass(frozen=True)
class Answers:
    """What a model says of n samples. `longest` is reads * max_tape_tokens, k the bank tokens of a tape token at most."""
    logits: numpy.ndarray       # float32 [n, classes]
    tape_length: numpy.ndarray  # int64 [n, reads] tape tokens of each read
    indices: numpy.ndarray      # int64 [n, longest, k] bank tokens of each tape token, best first; -1: none
    weights: numpy.ndarray      # float32 [n, longest, k] their merge weights; 0: none
    steps: numpy.ndarray        # int64 [n] steps of adaptive computation; 0 where the model has a tape
    macs: numpy.ndarray         # float64 [n] multiply-accumulates
    softmax: bool               # how probabilities follow from logits

    @property
    def classes(self):
        """int64 [n] the class of the largest logit."""
        return self.logits.argmax(-1)

    @property
    def probabilities(self):
        """float64 [n, classes]: softmax of the logits, or the sigmoid of each."""
        logits = self.logits.astype(numpy.float64)
        if not self.softmax:
            return 1 / (1 + numpy.exp(-logits))
        powers = numpy.exp(logits - logits.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)


class Model:
    """A trained model in a file: a checkpoint (.safetensors) or packed weights. Any number of threads may use it. storage: "f32", "bf16" or "int8", how the engine
    keeps its kernels; None: as the file does. Raises UnknownModel, or Error, where it cannot be opened."""

    def __init__(self, path, storage=None, library=None):
        self._library = library if isinstance(library, Library) else Library(library)
        number = ctypes.c_uint64()
        self._library.call("adatape_open", os.fsencode(path), storage.encode() if storage else None, ctypes.byref(number))
        self._number = number.value
        facts = _Facts(struct_size=ctypes.sizeof(_Facts))
        self._library.call("adatape_get_facts", self._number, ctypes.byref(facts))
        for name, _ in _Facts._fields_[1:]:
            setattr(self, name, getattr(facts, name))
        self.softmax = bool(self.softmax)

    def close(self):
        """Closes the model. Calls that are running end as they would have."""
        number, self._number = self._number, 0
        self._library.call("adatape_close", number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._number:
            self.close()

    def __del__(self):
        if getattr(self, "_number", 0):
            with contextlib.suppress(Error):
                self.close()

    @property
    def class_names(self):
        return [self._class_name(label) for label in range(self.classes)]

    def read_picture(self, path):
        """A JPEG or PNG file as the model wants it: uint8 [height, width, channels]."""
        pixels = numpy.empty((self.height, self.width, self.channels), numpy.uint8)
        self._library.call("adatape_read_picture", self._number, os.fsencode(path), pixels.ctypes.data, pixels.size)
        return pixels

    def predict(self, pictures, tau=0, max_tape_tokens=0, exact_tape_tokens=0, no_tape=False, threads=0):
        """The answers for pictures: uint8 pixels, or normalised float32, [height, width, channels] or [n, height, width, channels]; a last axis of one channel may
        be missing. tau: halting threshold, a lower one reads less; 0: the one that the model was trained with. Raises Error."""
        pictures = numpy.asarray(pictures)
        if pictures.dtype != numpy.uint8 and not numpy.issubdtype(pictures.dtype, numpy.floating):
            raise Error(f"pictures: wanted uint8 or floating-point numbers, found {pictures.dtype}")
        one, several = (self.height, self.width, self.channels), pictures.shape[-3:]
        if self.channels == 1 and pictures.shape[-2:] == one[:2] and several != one:
            several, pictures = one, pictures[..., numpy.newaxis]
        if several != one or pictures.ndim > 4:
            raise Error(f"pictures: wanted [n, {', '.join(map(str, one))}], found {list(pictures.shape)}")
        samples = numpy.ascontiguousarray(pictures, numpy.uint8 if pictures.dtype == numpy.uint8 else numpy.float32).reshape(-1, self.input_size)
        if samples.dtype == numpy.uint8:
            samples = self._normalised(samples)
        settings = _Settings(ctypes.sizeof(_Settings), tau, max_tape_tokens, exact_tape_tokens, bool(no_tape), threads)
        return self._answers(samples, settings)

    def _class_name(self, label):
        wanted = ctypes.c_size_t()
        self._library.call("adatape_class_name", self._number, label, None, 0, ctypes.byref(wanted))
        name = ctypes.create_string_buffer(wanted.value)
        self._library.call("adatape_class_name", self._number, label, name, len(name), None)
        return name.value.decode()

    def _normalised(self, pixels):
        values = numpy.empty(pixels.shape, numpy.float32)
        self._library.call("adatape_normalise", self._number, pixels.ctypes.data, pixels.size, values.ctypes.data)
        return values

    def _answers(self, samples, settings):
        per_step = ctypes.c_int64()
        self._library.call("adatape_tokens_per_step", self._number, ctypes.byref(settings), ctypes.byref(per_step))
        n, tape = len(samples), (self.reads * self.max_tape_tokens, per_step.value)
        arrays = {"logits": numpy.empty((n, self.classes), numpy.float32), "tape_length": numpy.empty((n, self.reads), numpy.int64),
                  "indices": numpy.empty((n, *tape), numpy.int64), "weights": numpy.empty((n, *tape), numpy.float32), "steps": numpy.empty(n, numpy.int64),
                  "macs": numpy.empty(n, numpy.float64)}
        answers = _Answers(struct_size=ctypes.sizeof(_Answers))
        for name, array in arrays.items():
            setattr(answers, name, array.ctypes.data)
            setattr(answers, name + "_count", array.size)
        self._library.call("adatape_predict", self._number, samples.ctypes.data, samples.size, ctypes.byref(settings), ctypes.byref(answers))
        return Answers(**arrays, softmax=self.softmax)
