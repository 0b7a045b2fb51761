#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tokenization/ranks/*.ranks out of the npm package js-tiktoken, whose version and checksum stand below.

    npm pack js-tiktoken@1.0.21 && tools/make_ranks.py js-tiktoken-1.0.21.tgz

A .ranks file has the encoding's tokens in the order of their ranks, 0 first: one byte with the length, then the bytes.
What comes out is compared with the checksum of OpenAI's own file of the encoding, as the PyPI package tiktoken has it.
"""

import base64
import hashlib
import json
import pathlib
import sys
import tarfile

PACKAGE = "3b1f24b185565ca9a8d8f51466dfc4f99d67f1f05bc009258710ddb7a8d810fa"  # js-tiktoken 1.0.21, MIT
OPENAI = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}


def read_tokens(module):
    """The tokens of one of the package's modules, by rank."""
    described = json.loads(module[module.index("{"):module.rindex("}") + 1])
    tokens = {}
    for line in described["bpe_ranks"].splitlines():
        _, first, *words = line.split(" ")
        for rank, word in enumerate(words, int(first)):
            tokens[rank] = base64.b64decode(word)
    if sorted(tokens) != list(range(len(tokens))):
        sys.exit("the ranks have holes")
    return [tokens[rank] for rank in range(len(tokens))]


def main(package):
    if hashlib.sha256(pathlib.Path(package).read_bytes()).hexdigest() != PACKAGE:
        sys.exit(f"{package} is not the package that is meant")
    folder = pathlib.Path(__file__).resolve().parent.parent / "tokenization" / "ranks"
    with tarfile.open(package) as files:
        for name, wanted in OPENAI.items():
            tokens = read_tokens(files.extractfile(f"package/dist/ranks/{name}.cjs").read().decode())
            listed = b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(tokens))
            if hashlib.sha256(listed).hexdigest() != wanted:
                sys.exit(f"{name} is not OpenAI's")
            (folder / f"{name}.ranks").write_bytes(b"".join(bytes([len(token)]) + token for token in tokens))
            print(name, len(tokens), "tokens")


if __name__ == "__main__":
    main(*sys.argv[1:])
