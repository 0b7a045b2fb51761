// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"

namespace logos::administration {
namespace {

using storage::credit;

constexpr std::size_t longest_reason = 1000;
constexpr std::string_view reason_blanks = " \t\r\n";

expectation read_reason(json_value from, std::string& out) {
  std::string text;
  if (const auto wanted = read_value(from, text); !wanted.empty()) return wanted;
  if (text.find_first_not_of(reason_blanks) == text.npos || text.size() > longest_reason)
    return "a text of 1 to 1000 bytes that is not blank";
  out = std::move(text);
  return {};
}

constexpr std::array credit_fields{
    referring<credit, &credit::budget_id>("budget_id", use::required),
    field<credit>{"amount", use::required,
                  R"({"type":["string","number"],"description":"A decimal with at most nine places, such as \"5\", in )"
                  R"(the budget's currency. Above 0: so much more may be spent in the period in which it is made; )"
                  R"(below 0: so much less. Not 0."})",
                  [](std::string& out, const credit& e, names&) { write_money(out, e.amount); },
                  read_member<credit, &credit::amount, read_signed_money>},
    field<credit>{"reason", use::required, R"({"type":"string","minLength":1,"maxLength":1000})",
                  write_member<credit, &credit::reason>, read_member<credit, &credit::reason, read_reason>},
    field<credit>{
        "reverses", use::optional,
        R"({"type":["integer","null"],"minimum":1,"description":"Id of an earlier credit of the same budget, )"
        R"(which this one takes back, from the period in which that counts; once, and with its amount negated."})",
        [](std::string& out, const credit& e, names&) { write_id(out, e.reverses); },
        read_member<credit, &credit::reverses, read_id>},
    plain<credit, &credit::made_by>("made_by", R"({"type":"string","description":"The name of the key that made it."})",
                                    use::read_only),
    plain<credit, &credit::made_at>("made_at",
                                    R"({"type":"string","format":"date-time","description":"It counts in the period )"
                                    R"(of its budget that this lies in; what reverses another one, where that does."})",
                                    use::read_only),
};

} // namespace

LOGOS_TABLE(credit, "credit", "credits", "Credit")

} // namespace logos::administration
