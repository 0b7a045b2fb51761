// SPDX-License-Identifier: MIT
#include "actors/ingress/own_path.hpp"

namespace logos::ingress {

bool fits_own_path(std::string_view own_path, const intent& i) {
  if (own_path.empty()) return true;
  if (const auto own = endpoint_at_end(own_path)) return *own == i.at && !i.reads;
  // Only forms go to those, and no model that answers at length takes forms.
  if (i.at == endpoint::image_edit || i.at == endpoint::transcription) return i.body == body_kind::multipart;
  return as_dear_as_unknown(i.at) && !i.reads;
}

bool is_unknown_path(std::string_view own_path) { return !own_path.empty() && !endpoint_at_end(own_path); }

} // namespace logos::ingress
