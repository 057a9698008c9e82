#!/usr/bin/env python3
"""bad_calls.py MODEL OTHER DAMAGED PICTURE: wrong calls of adatape.py raise, and change nothing. OTHER is of a model that is not compiled in."""
import concurrent.futures
import ctypes.util
import sys
import unittest

import numpy

import adatape

MODEL, OTHER, DAMAGED, PICTURE = sys.argv[1:5]


class BadCalls(unittest.TestCase):
    def refuses(self, text, call, *arguments, kind=adatape.Error, **flags):
        with self.assertRaises(kind) as caught:
            call(*arguments, **flags)
        self.assertIn(text, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_library(self):
        self.refuses("cannot load the library", adatape.Library, "/no/such/library.so")
        self.refuses("is no library of adatape: it lacks adatape_abi_version", adatape.Library, ctypes.util.find_library("c"))

    def test_files(self):
        self.refuses("no/such/file", adatape.Model, "no/such/file")
        self.refuses(DAMAGED, adatape.Model, DAMAGED)
        self.refuses("none of those", adatape.Model, OTHER, kind=adatape.UnknownModel)
        self.refuses("storage: wanted f32, bf16, int8 or NULL", adatape.Model, MODEL, storage="fp4")

    def test_predictions(self):
        with adatape.Model(MODEL) as model:
            picture = model.read_picture(PICTURE)
            self.refuses("wanted a PNG or JPEG file", model.read_picture, MODEL)
            self.refuses("pictures: wanted [n, 28, 28, 1], found [27, 28]", model.predict, picture[:27, :, 0])
            self.refuses("found [2, 2, 28, 28, 1]", model.predict, numpy.zeros((2, 2, 28, 28, 1), numpy.uint8))
            self.refuses("found complex128", model.predict, picture.astype(complex))
            self.refuses("wanted tau of at most", model.predict, picture, tau=1e9)
            self.refuses("where read_tape is false", model.predict, picture, tau=1, no_tape=True)
            self.refuses("threads, found -1", model.predict, picture, threads=-1)

    def test_closed(self):
        model = adatape.Model(MODEL)
        picture = model.read_picture(PICTURE)
        model.close()
        for call, *arguments in ((model.close,), (model.predict, picture), (model.read_picture, PICTURE)):
            self.refuses("model: wanted the number of an open model", call, *arguments)
        with adatape.Model(MODEL) as model:  # one that was closed inside is not closed again
            model.close()


class GoodCalls(unittest.TestCase):
    def test_shapes(self):
        with adatape.Model(MODEL) as model:
            picture = model.read_picture(PICTURE)
            one = model.predict(picture)
            self.assertEqual(one.logits.shape, (1, 10))
            self.assertEqual(len(model.class_names), 10)
            normalised = (picture / 255 - 0.2860) / 0.3530
            for pictures in (picture[..., 0], picture[numpy.newaxis], numpy.asfortranarray(picture), picture[::1]):
                self.assertTrue(numpy.array_equal(model.predict(pictures).logits, one.logits))
            self.assertEqual(model.predict(numpy.stack([normalised] * 3)).logits.shape, (3, 10))
            self.assertEqual(model.predict(numpy.zeros((0, 28, 28), numpy.uint8)).logits.shape, (0, 10))
            self.assertAlmostEqual(float(one.probabilities.sum()) if model.softmax else 1, 1)
            used = one.indices >= 0
            self.assertEqual(one.tape_length.sum(), used.any(-1).sum())
            self.assertTrue(numpy.allclose(one.weights.sum(-1)[used.any(-1)], 1))
            without = model.predict(picture, no_tape=True)
            self.assertEqual(without.tape_length.sum(), 0)
            self.assertLess(without.macs[0], one.macs[0])

    def test_threads(self):
        with adatape.Model(MODEL) as model:
            pictures = numpy.random.default_rng(3).integers(0, 256, (64, 28, 28), numpy.uint8)
            wanted = model.predict(pictures).logits
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                for i, answers in enumerate(pool.map(model.predict, pictures)):
                    self.assertTrue(numpy.array_equal(answers.logits[0], wanted[i]))


unittest.main(argv=sys.argv[:1])
