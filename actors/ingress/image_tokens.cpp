// SPDX-License-Identifier: MIT
#include "actors/ingress/image_tokens.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace logos::ingress {
namespace {

using std::int64_t;

/// How a family of models counts an image: a base, and so much for each patch that it is cut into, up to a most. What
/// a provider scales down first has fewer patches than that.
struct counting {
  std::string_view name; // how the models' names begin, or go on behind a sign
  int64_t side;          // of a patch, in pixels; 0: each image costs the base
  int64_t base;
  int64_t per_mille; // tokens of a thousand patches
  int64_t most;
};

// At least what the providers said in November 2026, which cannot be told exactly from a name. The first name that fits
// counts, with all rows of that name.
// OpenAI, developers.openai.com/api/docs/guides/images-vision: tiles of 512 pixels, at most 8 after scaling: 85 and 170
// for each (gpt-4o-mini: 2833 and 5667; gpt-image, in high fidelity: 65, 129, and 6240 more); or patches of 32 pixels,
// at most 1536 (since gpt-5.4: 10000), times at most 2.46 for what is mini or nano.
// Claude, platform.claude.com/docs/en/build-with-claude/vision: patches of 28 pixels or width × height / 750, at most
// 4784 (before Opus 4.7: 1600); some 80 more were seen.
// Gemini, ai.google.dev/gemini-api/docs/tokens and …/media-resolution: 258 for each tile of 256 to 768 pixels of an
// image of at most 3072 × 3072; since Gemini 3 at most 2240, whatever its size.
// Open models, as their processors are shipped: Qwen-VL at most 16384 (max_pixels), Llama 3.2 four tiles of 1601,
// Mistral's at most 64 rows of 64 and a break, Gemma 256, since Gemma 4 at most 1120.
constexpr std::array families{
    counting{"gpt-image", 0, 7337, 0, 7337},
    counting{"gpt-4o-mini", 512, 2833, 5'667'000, 48'169},
    counting{"gpt-4.1-mini", 32, 0, 2460, 3779},
    counting{"gpt-4.1-nano", 32, 0, 2460, 3779},
    counting{"gpt-4", 512, 85, 170'000, 1445},
    counting{"gpt-4", 32, 0, 1000, 1536},
    counting{"chatgpt-4o", 512, 85, 170'000, 1445},
    counting{"gpt-5", 512, 85, 170'000, 1445},
    counting{"gpt-5", 32, 0, 2460, 24'600},
    counting{"o4-mini", 32, 0, 2460, 3779},
    counting{"o3", 512, 85, 170'000, 1445},
    counting{"o1", 512, 85, 170'000, 1445},
    counting{"claude", 27, 80, 1000, 4864},
    counting{"gemini", 0, 2256, 0, 2256},
    counting{"gemini", 256, 258, 258'000, 6450},
    counting{"qwen", 28, 256, 1000, 16'386},
    counting{"llama", 0, 6420, 0, 6420},
    counting{"gemma", 0, 1136, 0, 1136},
    counting{"pixtral", 14, 128, 1000, 4224},
    counting{"mistral", 14, 128, 1000, 4224},
};

bool letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// `name` is in lower case.
bool is_of(std::string_view model, std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  for (auto at = model.begin();; ++at) {
    at = std::search(at, model.end(), name.begin(), name.end(), same);
    if (at == model.end()) return false;
    if (at == model.begin() || !letter_or_digit(at[-1])) return true;
  }
}

int64_t tokens_by(const counting& c, const std::optional<net::image_size>& size) {
  if (c.side == 0) return c.base;
  if (!size) return c.most;
  const auto patches = [&](std::uint32_t pixels) {
    constexpr int64_t beyond_all = 1 << 20; // larger than any most, and its square is small enough
    return std::min((int64_t{pixels} + c.side - 1) / c.side, beyond_all);
  };
  const auto cut = std::min<int64_t>(patches(size->width) * patches(size->height), c.most);
  return std::min(c.most, c.base + (cut * c.per_mille + 999) / 1000);
}

} // namespace

int64_t most_image_tokens(std::string_view model, const std::optional<net::image_size>& size) {
  const auto* const known =
      std::find_if(families.begin(), families.end(), [&](const counting& c) { return is_of(model, c.name); });
  int64_t most = 0;
  for (const auto& c : families)
    if (known == families.end() || c.name == known->name) most = std::max(most, tokens_by(c, size));
  return most;
}

} // namespace logos::ingress
