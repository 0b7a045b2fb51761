// SPDX-License-Identifier: MIT
#include "net/json_splice.hpp"
#include "net/multipart_look.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

/// Arbitrary bytes, first as a Content-Type, up to the first NUL, then as a body: what is found lies in the body, and a
/// spliced model is found again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace logos::net;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto nul = input.find('\0');
  const std::string type = nul == std::string_view::npos ? "multipart/form-data; boundary=X"
                                                         : "multipart/form-data;" + std::string{input.substr(0, nul)};
  const auto body = nul == std::string_view::npos ? input : input.substr(nul + 1);
  const auto found = look_multipart(type, body);
  if (!found || !found->model) return 0;
  if (found->model_end > body.size() ||
      body.substr(found->model_begin, found->model_end - found->model_begin) != *found->model)
    std::abort();
  const auto edited = splice_range(body, found->model_begin, found->model_end, "m").str();
  const auto again = look_multipart(type, edited);
  // A boundary that the new name happens to complete is the only way in which it may be lost.
  if ((!again || again->model != "m") && multipart_boundary(type)->find('m') == std::string_view::npos) std::abort();
  return 0;
}
