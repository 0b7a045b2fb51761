// SPDX-License-Identifier: MIT
#pragma once
#include <simdjson.h>

#include <cstdint>

namespace logos::checks {

enum class conformity : std::uint8_t {
  conforms,
  violates,
  undecided // the schema cannot be read, or looking on would take too long
};

/// Whether a JSON value keeps to a JSON schema (draft 2020-12; `items` as a list, `additionalItems` and `definitions`
/// as before it, and `dependencies`, too). The schema is a client's: it is worked on for a bounded number of steps, and
/// its patterns with a bounded number of matches.
///
/// What is looked at: `type`, `enum`, `const`; `properties`, `patternProperties`, `additionalProperties`,
/// `propertyNames`, `required`, `dependentRequired`, `dependentSchemas`, `minProperties`, `maxProperties`; `items`,
/// `prefixItems`, `additionalItems`, `contains`, `minContains`, `maxContains`, `minItems`, `maxItems`, `uniqueItems`;
/// `minLength`, `maxLength`, `pattern`; `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`;
/// `allOf`, `anyOf`, `oneOf`, `not`, `if`, `then`, `else`; `$ref` into the same document by a JSON pointer. Every other
/// keyword lets everything pass: `format`, `contentEncoding`, `contentMediaType`, `unevaluatedItems`,
/// `unevaluatedProperties`, `$anchor`, `$dynamicRef` and a `$ref` to elsewhere.
conformity conform(simdjson::dom::element value, simdjson::dom::element schema);

} // namespace logos::checks
