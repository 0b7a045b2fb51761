# SPDX-License-Identifier: MIT
"""Writes a language model of the llama architecture with random weights: make_model.py FILE SEED LAYERS WIDTH.

It answers nonsense, at once, and never ends by itself: an answer has exactly as many tokens as it was allowed. The same
arguments give the same file. A layer of width W weighs 40 W² bytes (W = 512: 10 MiB)."""

import argparse

import gguf
import numpy

CONTEXT = 8192
HEAD = 64
SPECIAL = ["<|begin|>", "<|end|>"]


def byte_symbols():
    """How a byte-level vocabulary writes each byte: printable ones as themselves, the others from U+0100 on."""
    symbols, spare = [], 0x100
    for byte in range(256):
        if 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or 0xAE <= byte <= 0xFF:
            symbols.append(chr(byte))
        else:
            symbols.append(chr(spare))
            spare += 1
    return symbols


def vocabulary():
    """(tokens, merges, the ids that an answer is made of): every byte, and syllables with and without a space before."""
    tokens, merges = byte_symbols(), []
    space = tokens[ord(" ")]
    syllables = [c + v for c in "bdfghklmnprstvz" for v in "aeiou"]
    merges += [f"{s[0]} {s[1]}" for s in syllables] + [f"{space} {s}" for s in syllables]
    said = range(len(tokens), len(tokens) + 2 * len(syllables))
    tokens += syllables + [space + s for s in syllables] + SPECIAL
    return tokens, merges, said


def write(path, seed, layers, width):
    tokens, merges, said = vocabulary()
    random = numpy.random.default_rng(seed)

    # 32 bits: a processor's instructions for 16 are not in what cgo compiles.
    def matrix(rows, columns):
        return random.standard_normal((rows, columns), numpy.float32) / numpy.sqrt(numpy.float32(columns))

    out = gguf.GGUFWriter(path, "llama")
    out.add_name(f"random weights, seed {seed}")
    out.add_file_type(gguf.LlamaFileType.ALL_F32)
    out.add_context_length(CONTEXT)
    out.add_embedding_length(width)
    out.add_block_count(layers)
    out.add_feed_forward_length(2 * width)
    out.add_head_count(width // HEAD)
    out.add_head_count_kv(width // HEAD)
    out.add_rope_dimension_count(HEAD)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_vocab_size(len(tokens))
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("llama-bpe")
    out.add_token_list(tokens)
    normal, control = int(gguf.TokenType.NORMAL), int(gguf.TokenType.CONTROL)
    out.add_token_types([control if token in SPECIAL else normal for token in tokens])
    out.add_token_merges(merges)
    out.add_bos_token_id(tokens.index("<|begin|>"))
    out.add_eos_token_id(tokens.index("<|end|>"))
    out.add_add_bos_token(True)
    out.add_tensor("token_embd.weight", matrix(len(tokens), width))
    ones = numpy.ones(width, numpy.float32)
    for layer in range(layers):
        for norm in ("attn_norm", "ffn_norm"):
            out.add_tensor(f"blk.{layer}.{norm}.weight", ones)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            out.add_tensor(f"blk.{layer}.{name}.weight", matrix(width, width))
        out.add_tensor(f"blk.{layer}.ffn_gate.weight", matrix(2 * width, width))
        out.add_tensor(f"blk.{layer}.ffn_up.weight", matrix(2 * width, width))
        out.add_tensor(f"blk.{layer}.ffn_down.weight", matrix(width, 2 * width))
    out.add_tensor("output_norm.weight", ones)
    # Of the tokens that are never said all weights are 0: among the 40 likeliest there is always a syllable instead, so
    # that an answer is text and does not end early.
    last = matrix(len(tokens), width) * numpy.float32(3)
    last[[token for token in range(len(tokens)) if token not in said]] = 0
    out.add_tensor("output.weight", last)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file")
    for name in ("seed", "layers", "width"):
        options.add_argument(name, type=int)
    given = options.parse_args()
    write(given.file, given.seed, given.layers, given.width)
