#!/usr/bin/env python3
"""predict.py MODEL TAU PICTURE...: the lines of predict.c, by adatape.py."""
import sys

import numpy

import adatape

with adatape.Model(sys.argv[1]) as model:
    answers = model.predict(numpy.stack([model.read_picture(path) for path in sys.argv[3:]]), tau=float(sys.argv[2]))
    for i, label in enumerate(answers.classes):
        parts = [model.class_names[label], *(" ".join(["", *values]) for values in (map(str, answers.tape_length[i]), (str(token) for token in answers.indices[i].ravel() if token >= 0),
                                                                                      (f"{bits:08x}" for bits in answers.logits[i].view(numpy.uint32))))]
        print(";".join(parts))
