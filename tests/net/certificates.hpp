// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace logos::net::test {

/// Writes a self-signed certificate for `subject` (a DNS name, or an address if `address` is not empty) and its key.
void write_certificate(const std::string& certificate_file, const std::string& key_file, const std::string& name,
                       const std::string& address = {});

} // namespace logos::net::test
