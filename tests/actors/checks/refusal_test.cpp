// SPDX-License-Identifier: MIT
#include "actors/classification/checks/refusal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace logos::checks {
namespace {

TEST(refusal, is_recognised_as_models_phrase_it) {
  constexpr std::array declined{
      "I'm sorry, but I can't help with that.",
      "I'm sorry, but I can't assist with that request.",
      "I\xe2\x80\x99m sorry, but I can\xe2\x80\x99t assist with that.",
      "I am sorry, I cannot provide that information.",
      "Sorry, I can't do that.",
      "I cannot fulfill your request. I am just an AI, it's not within my programming.",
      "I can\xe2\x80\x99t create content that promotes violence.",
      "As an AI language model, I cannot provide medical advice.",
      "As an AI, I'm unable to browse the internet.",
      "Unfortunately, I am not able to answer this question.",
      "I apologize, but I cannot write that.",
      "I won't be able to help you with this one.",
      "I'm not able to help with that.",
      "I must decline this request.",
      "I do not have access to real-time data, so the weather is unknown to me.",
      "**I'm sorry**, but I can't continue with this conversation.",
      "\n\n  I can't help with that.",
      "No, I won't help you to do that.",
      "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
      "Es tut mir leid, ich kann diese Anfrage nicht erf\xc3\xbcllen.",
      "Leider kann ich Ihnen bei diesem Anliegen nicht weiterhelfen.",
      "Ich kann keine medizinischen Ratschl\xc3\xa4ge geben.",
      "Das kann ich nicht machen.",
      "Als KI-Sprachmodell bin ich nicht in der Lage, diese Frage zu beantworten.",
      "Je suis d\xc3\xa9sol\xc3\xa9, mais je ne peux pas vous aider avec cela.",
      "D\xc3\xa9sol\xc3\xa9, je ne peux pas r\xc3\xa9pondre \xc3\xa0 cette question.",
      "Je ne suis pas en mesure de fournir ces informations.",
      "Lo siento, pero no puedo ayudarte con eso.",
      "Lo siento, no puedo proporcionar esa informaci\xc3\xb3n.",
      "No puedo ayudar con esa solicitud.",
      "Mi dispiace, ma non posso aiutarti con questa richiesta.",
      "Non sono in grado di fornire queste informazioni.",
      "Desculpe, mas n\xc3\xa3o posso ajudar com isso.",
      "Sinto muito, n\xc3\xa3o posso fornecer essa informa\xc3\xa7\xc3\xa3o.",
      "Het spijt me, maar ik kan je hier niet bij helpen.",
      "Sorry, maar ik kan je niet helpen met dit verzoek.",
  };
  for (const auto* const text : declined)
    EXPECT_TRUE(begins_with_refusal(text)) << text;
}

TEST(refusal, is_not_seen_in_answers_that_answer) {
  constexpr std::array answered{
      "",
      "Paris.",
      "I can't wait to show you this! First, open the editor.",
      "I cannot recommend this book enough.",
      "I can help with that. First, install the package.",
      "Sorry for the confusion! Here is the corrected code.",
      "I'm sorry to hear that you are unwell. Drink enough and rest.",
      "I apologize for the mistake. The sum is 42.",
      "Unfortunately, the function returns null because the list is empty.",
      "The model answered \"I'm sorry, but I can't help with that\", which is a refusal.",
      "You can't help with that unless you are root.",
      "No, 17 is a prime number.",
      "As an AI model, GPT-2 has 1.5 billion parameters.",
      "However, I can help you with the second part.",
      "Ich kann Ihnen gerne helfen, keine Sorge!",
      "Ich kann dir nicht nur beim Schreiben helfen, sondern auch beim Rechnen.",
      "Leider ist die Datei leer, deshalb liefert die Abfrage nichts.",
      "Nein, das ist keine Primzahl.",
      "D\xc3\xa9sol\xc3\xa9 pour la confusion, voici le code.",
      "Je peux vous aider avec cela.",
      "Claro, puedo ayudarte con eso.",
      "No, puedo ayudarte con eso ahora mismo.",
      "Lo siento por el error: el resultado es 42.",
      "Certo, posso aiutarti.",
      "N\xc3\xa3o, posso ajudar agora.",
      "Nee, dat is geen priemgetal.",
      "Dear Anna, I'm sorry that I can't come to your party on Sunday.",
      "def can_not():\n    return False",
      "{\"answer\":\"I can't help\"}",
  };
  for (const auto* const text : answered)
    EXPECT_FALSE(begins_with_refusal(text)) << text;
}

TEST(refusal, is_sought_at_the_beginning_only) {
  const std::string long_answer(beginning_bytes, 'a');
  EXPECT_FALSE(begins_with_refusal(long_answer + " I'm sorry, but I can't help with that."));
  const std::string blanks(5000, ' ');
  EXPECT_TRUE(begins_with_refusal(blanks + "I can't help with that."));
}

TEST(refusal, is_known_behind_the_beginning_whatever_follows) {
  for (std::string text : {"I'm sorry, but I can't help with that. ", "Here is how to do it: "}) {
    while (text.size() < beginning_bytes)
      text += "And so on. ";
    const bool early = begins_with_refusal(text);
    for (const auto* const more : {"", "I can't help with that.", "nicht helfen", "\xff\xfe"})
      EXPECT_EQ(begins_with_refusal(text + more), early) << text;
  }
}

TEST(refusal, survives_bytes_that_are_no_text) {
  std::string bytes;
  for (int i = 0; i < 2'000; ++i) {
    bytes += static_cast<char>(i * 31);
    static_cast<void>(begins_with_refusal(bytes));
  }
  EXPECT_FALSE(begins_with_refusal("\xc3"));
  EXPECT_FALSE(begins_with_refusal("\xe2\x80"));
}

} // namespace
} // namespace logos::checks
