#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes reference.json: what OpenAI's tiktoken (PyPI, 0.14.0) gives for texts of many kinds.

tiktoken fetches ranks when it needs them; here it gets those in tokenization/ranks, whose checksums ranks_test compares
with OpenAI's. Run it where tiktoken is installed: tests/tokenization/make_reference.py
"""

import json
import pathlib
import random

import tiktoken
import tiktoken_ext.openai_public as openai

FOLDER = pathlib.Path(__file__).resolve().parent
NAMES = ("o200k_base", "cl100k_base")

TEXTS = """
Hello, world! It's a test; isn't it? I'LL say WE'VE done what they'd do. YOU'RE 'SURE'? ’s ’ll rock'n'roll 'ſ
The quick brown fox jumps over the lazy dog. THE QUICK BROWN FOX. TheQuickBrownFox, theQUICKbrownFOX, iPhone15Pro
Alle Menschen sind frei und gleich an Würde und Rechten geboren. Straßenbahnhaltestellenüberdachung, Ärger, Öl
Tous les êtres humains naissent libres et égaux en dignité et en droits. L'été, c'est-à-dire qu'aujourd'hui…
Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Zażółć gęślą jaźń.
Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.
Все люди рождаются свободными и равными в своём достоинстве и правах. Съешь же ещё этих мягких булок.
Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.
人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心。中文分词測試:繁體字。
すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。カタカナ、ひらがな。
모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.
सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।
সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।
يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. العَرَبِيَّة ١٢٣٤٥
כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.
มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ
👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇮 👍🏽 😀😃😄 ✈️ ☕ ½ ⅷ ² ③ Ⅻ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ﷽ ǅ ǈ ʰ ª º İıſK Z̸͖̈a̴l͎g̶̛o̵
0 1 12 123 1234 12345 1234567890 3.14159 1,000,000 0xDEADBEEF 2026-11-21T09:33:21Z +49 (0)30 1e-9 १२३४ ٣٤٥
int main(int argc, char** argv) { return std::vector<int>{1, 2}.size() != 2 ? EXIT_FAILURE : 0; } // !!! ;;; --> /* */
{"model":"gpt-4o","messages":[{"role":"user","content":"a\\nb\\t\\"c\\""}],"temperature":0.7,"x":null,"y":[[],{}]}
https://example.com/a/b?c=d&e=%20#f user@example.com C:\\Windows\\System32 /usr/bin/env ../../x ~~~ ### === *** ___
<|endoftext|> <|endofprompt|> <|im_start|>system<|fim_prefix|> <|start|>assistant<|channel|>analysis
""".strip().splitlines()

TEXTS += [
    "", " ", "  ", "   x", "x   ", "\n", "\n\n", " \n", "\n ", " \n \n  x", "a\r\nb\r\n\r\nc", "\t\tx\ty\t", "a \t b",
    "x\n   ", "x\n\n   \n", "  \r\n  ", "!!\n\n/x", "a/\n//\n", "\u00a0\u00a0x", "a\u2003\u2003b", "\u180ex \u180e\u180e y",
    "\u200b\u200bx", "\u2028\u2029 x", "\x85\x85x", "\x1c\x1d x", "\x00\x01\x02", "\ufeffBOM", "a\u0301e\u0301 \u0301\u0301x",
    "\U0001d2c0", "\ufffd\ufffd", "'s", " 's", "x's's", "X'LLy'rE", "1's 2'LL", "a" * 50 + "b", "aA" * 40, "ab" * 200,
    "def f(x):\n    if x:\n        return {\n            'a': [1, 2, 3],\n        }\n\n\n    return None\n",
    "#include <cstdio>\r\n\tint x = 0;\r\n\t\t// tabs\r\n", "SELECT * FROM t WHERE a='b' AND c>=10;\n", "   \n   \n\n\n\t\n",
]

REPEATED = [("a", 100000), ("A", 30000), (" ", 100000), ("\n", 30000), ("ab", 50000), ("abc", 20000), ("日", 20000),
            ("\u0301", 20000), ("日A", 10000), ("!?", 20000), (" \n", 20000), ("0", 30000), ("\t x", 20000),
            ("The end. ", 5000)]


def random_texts():
    """Of a fixed seed: letters of few kinds in long words, and whatever else there is."""
    source = random.Random(17)
    for alphabet in ("ab", "abcdefghijklmnopqrstuvwxyz", "aàAÀ日\u0301", "!=-*", " \n\t", "ето на"):
        for length in (70, 400):
            yield "".join(source.choice(alphabet) for _ in range(length))
    for _ in range(40):
        yield "".join(chr(source.choice((source.randrange(32, 127), source.randrange(0xA0, 0x3000),
                                         source.randrange(0x3000, 0xD7A0), source.randrange(0x1F300, 0x1F700))))
                      for _ in range(24))


def main():
    def load(address, expected_hash=None):
        name = address.split("/")[-1].split(".")[0] + ".ranks"
        data = (FOLDER.parent.parent / "tokenization" / "ranks" / name).read_bytes()
        ranks, at = {}, 0
        while at < len(data):
            ranks[data[at + 1:at + 1 + data[at]]] = len(ranks)
            at += 1 + data[at]
        return ranks

    openai.load_tiktoken_bpe = load
    encodings = {name: tiktoken.Encoding(**getattr(openai, name)()) for name in NAMES}
    out = {"encoded": [], "repeated": [], "decoded": []}
    for text in TEXTS + list(random_texts()):
        out["encoded"].append({"text": text} | {n: e.encode_ordinary(text) for n, e in encodings.items()})
    for text, times in REPEATED:
        out["repeated"].append({"text": text, "times": times} |
                               {n: len(e.encode_ordinary(text * times)) for n, e in encodings.items()})
    source = random.Random(18)
    for name, e in encodings.items():
        for _ in range(10):
            tokens = [source.randrange(100000) for _ in range(12)]
            out["decoded"].append({"encoding": name, "tokens": tokens, "bytes": e.decode_bytes(tokens).hex()})
    lines = ",\n".join(f'"{key}":[\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]"
                       for key, rows in out.items())
    (FOLDER / "reference.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
