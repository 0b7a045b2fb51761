// SPDX-License-Identifier: MIT
#include "bench/classification/made_up.hpp"

#include <array>
#include <random>
#include <string_view>

namespace logos::bench {
namespace {

struct topic {
  std::string_view name;
  std::array<std::string_view, 8> things;
};

constexpr std::array<topic, 20> topics{{
    {"sums",
     {"3847 plus 592", "17 percent of 4600", "the root of 7225", "48 times 36", "9/14 minus 3/8", "2 to the 11th",
      "1001 divided by 13", "the mean of 4, 9, 23 and 60"}},
    {"databases",
     {"a left join", "an index on two columns", "a window function in SQL", "a deadlock between transactions",
      "a foreign key", "normal forms", "a recursive query", "snapshot isolation"}},
    {"python",
     {"a list comprehension", "a decorator with arguments", "a generator", "the asyncio event loop", "a dataclass",
      "pytest fixtures", "the global interpreter lock", "a context manager"}},
    {"chemistry",
     {"the oxidation of iron", "a buffer solution", "covalent bonds", "Le Chatelier's principle", "an SN2 reaction",
      "the ideal gas law", "a titration curve", "catalysis by enzymes"}},
    {"contracts",
     {"a breach of warranty", "an oral contract", "the statute of limitations", "liquidated damages",
      "a non-compete clause", "force majeure", "the doctrine of consideration", "a landlord's duties"}},
    {"hearts",
     {"atrial fibrillation", "high blood pressure", "a heart murmur", "beta blockers", "a stent", "angina",
      "cardiac arrest", "an echocardiogram"}},
    {"poems",
     {"a sonnet about autumn", "a haiku on rain", "a limerick about a cat", "free verse on the sea",
      "a ballad of a lost sailor", "rhyme and metre", "a love poem", "an elegy for a friend"}},
    {"stars",
     {"a neutron star", "the red shift", "the phases of the moon", "a black hole", "Kepler's laws", "a supernova",
      "dark matter", "the rings of Saturn"}},
    {"kitchen",
     {"a roux", "sourdough bread", "poached eggs", "risotto with mushrooms", "pickled cucumbers", "caramel",
      "a chicken stock", "apple pie"}},
    {"money",
     {"compound interest", "an index fund", "a mortgage", "the yield curve", "a balance sheet", "depreciation",
      "a call option", "value added tax"}},
    {"football",
     {"the offside rule", "a penalty shoot-out", "the world cup of 1990", "a four-four-two formation",
      "the transfer window", "video referees", "a hat-trick", "away goals"}},
    {"romans",
     {"Julius Caesar", "the Punic wars", "Roman aqueducts", "the Senate", "Hadrian's wall", "gladiators",
      "the fall of the western empire", "Latin inscriptions"}},
    {"grammar",
     {"the subjunctive", "a dangling participle", "relative clauses", "the passive voice", "irregular verbs",
      "the Oxford comma", "reported speech", "the past perfect"}},
    {"networks",
     {"a TCP handshake", "DNS caching", "a subnet mask", "TLS certificates", "NAT", "BGP routes", "an HTTP proxy",
      "packet loss"}},
    {"cells",
     {"mitosis", "messenger RNA", "the cell membrane", "photosynthesis", "CRISPR", "mitochondria", "osmosis",
      "stem cells"}},
    {"films",
     {"Casablanca", "film noir", "a long take", "the music of Jaws", "silent comedies", "Kurosawa's samurai",
      "the French new wave", "animated films"}},
    {"journeys",
     {"a weekend in Lisbon", "a night train to Vienna", "visas for Vietnam", "hiking in the Dolomites",
      "travel insurance", "a road trip in Iceland", "jet lag", "hostels in Berlin"}},
    {"thought",
     {"the trolley problem", "Kant's imperative", "utilitarianism", "free will", "Plato's cave", "scepticism",
      "the mind-body problem", "stoicism"}},
    {"machines",
     {"a two-stroke engine", "a gearbox", "bearing wear", "a heat pump", "hydraulic brakes", "a lathe", "torque",
      "welding aluminium"}},
    {"letters",
     {"an apology to a customer", "a letter of resignation", "an invitation to a wedding", "a complaint about noise",
      "a reference for a colleague", "a reminder of an invoice", "a thank-you note", "minutes of a meeting"}},
}};

constexpr std::array<std::array<std::string_view, 6>, 3> forms{{
    {"What is {}?", "Tell me about {}.", "Give me one example of {}.", "{}, in one sentence please.",
     "Which word fits best with {}?", "Is {} common?"},
    {"Explain how {} works and when it matters.", "Compare {} with what came before it.",
     "Summarise what one should know about {}.", "Which mistakes do people make with {}?",
     "Write a short paragraph on {} for a newcomer.", "How would you check whether {} is right?"},
    {"Derive step by step, from first principles, what follows from {}, and justify every step.",
     "Give a rigorous argument about {} and discuss the edge cases in which it fails.",
     "Design an experiment that decides between two theories of {}, and analyse its errors.",
     "Critically evaluate the trade-offs of {} under conflicting constraints and prove your claim.",
     "Find the flaw in the usual account of {} and give a counterexample.",
     "Generalise {} as far as possible and show where the generalisation breaks."},
}};

constexpr std::array<std::string_view, 9> around{
    "I have been asked this at work today.",
    "Please keep it friendly.",
    "My sister wants to know, too.",
    "We have talked about it for an hour without coming to an end.",
    "Use plain words.",
    "I will read your answer on a small screen, so do not make it too wide.",
    "The last time that I asked somebody, the answer was of no use to me at all, and I had to look it up myself.",
    "Thank you very much in advance for your time and your patience with my many questions.",
    "It is for a talk on Thursday that forty people will hear, most of whom have other things on their minds."};

} // namespace

labelled_set make_up(std::size_t count, std::uint64_t seed, const imprinting& make) {
  std::mt19937_64 draws{seed};
  labelled_set out;
  for (const auto& t : topics)
    out.domains.emplace_back(t.name);
  for (std::size_t i = 0; i < count; ++i) {
    labelled p;
    p.domain_index = draws() % topics.size();
    p.domain = topics[p.domain_index].name;
    p.difficulty = 1 + static_cast<int>(draws() % 3);
    const auto& kind = forms[static_cast<std::size_t>(p.difficulty) - 1];
    std::string asked{kind[draws() % kind.size()]};
    const auto thing = topics[p.domain_index].things[draws() % 8];
    asked.replace(asked.find("{}"), 2, thing);
    const auto before = draws() % 4, after = draws() % 4;
    for (std::size_t n = 0; n < before; ++n)
      p.text.append(around[draws() % around.size()]).append(" ");
    p.text += asked;
    for (std::size_t n = 0; n < after; ++n)
      p.text.append(" ").append(around[draws() % around.size()]);
    p.held_out = draws() % 10 < 4;
    p.seen = make(p.text);
    out.prompts.push_back(std::move(p));
  }
  return out;
}

} // namespace logos::bench
