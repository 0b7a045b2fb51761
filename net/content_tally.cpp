// SPDX-License-Identifier: MIT
#include "net/content_tally.hpp"

namespace logos::net {

void content_tally::begin(place object) {
  if (object == place::source) {
    source_bytes_ = 0;
    source_is_image_ = source_is_text_ = false;
  } else if (object == place::turn) {
    turn_has_id_ = turn_has_kind_ = false;
  }
}

void content_tally::end(place object) {
  if (object == place::turn) {
    // OpenAI's item_reference need not say what it is.
    if (turn_has_id_ && !turn_has_kind_) out_.remembers = true;
  } else if (object == place::source) {
    if (source_is_image_ && !source_is_text_) {
      ++out_.attachments;
      out_.attachment_bytes += source_bytes_;
    } else {
      out_.content_bytes += source_bytes_;
    }
  }
}

void content_tally::text(std::string_view inside, place where) {
  switch (where) {
  case place::image: // Responses: the address itself
  case place::attached_image:
    ++out_.attachments;
    // Anything else may be read as the text that it is.
    if (inside.starts_with("data:image/") || inside.starts_with("data:video/"))
      out_.attachment_bytes += inside.size();
    else
      out_.content_bytes += inside.size();
    return;
  case place::attached_sound:
    out_.attachment_bytes += inside.size();
    out_.sound_bytes += inside.size();
    return;
  case place::source_remote: out_.remembers = true; [[fallthrough]];
  case place::source_data: source_bytes_ += inside.size(); return;
  case place::source_kind:
    if (inside.starts_with("image/") || inside == "url")
      source_is_image_ = true;
    else if (inside != "base64")
      source_is_text_ = true;
    return;
  case place::remote_file:
    ++out_.attachments;
    out_.remembers = true;
    break;
  case place::remembered: out_.remembers = true; break;
  case place::turn_id: turn_has_id_ = true; break;
  case place::turn_kind:
    turn_has_kind_ = true;
    // An escape may spell it, too.
    if (inside == "item_reference" || inside.find('\\') != std::string_view::npos) out_.remembers = true;
    break;
  case place::tool_kind:
    if (inside != "function" && inside != "custom") out_.remembers = true;
    break;
  default: break;
  }
  out_.content_bytes += inside.size();
}

} // namespace logos::net
