# SPDX-License-Identifier: MIT
"""The official Ollama client for Python against the simulated Ollama itself: the provider that the gateway is tested
against behaves as the real one as far as the client can tell."""

import ollama
import pytest

HELLO = [{"role": "user", "content": "Hello!"}]


def plus(first: int, second: int) -> int:
    """Adds two numbers.

    Args:
      first: one number
      second: another number
    """
    return first + second


@pytest.fixture
def client(town):
    return ollama.Client(host=town.ollama.url)


def test_ollama_chats_whole_and_streamed_with_the_same_words(client):
    whole = client.chat("llama", messages=HELLO)
    assert whole.done and whole.eval_count == 16 and whole.total_duration >= 0
    assert "".join(part.message.content for part in client.chat("llama", messages=HELLO, stream=True)) == \
        whole.message.content


def test_ollama_generates(client):
    parts = list(client.generate("llama", "Once upon a time", stream=True))
    assert parts[-1].done and parts[-1].eval_count == 16
    assert "".join(part.response for part in parts) == client.generate("llama", "Once upon a time").response


def test_ollama_calls_a_tool_made_of_a_python_function(client):
    answer = client.chat("llama", messages=[{"role": "user", "content": "call plus"}], tools=[plus])
    call = answer.message.tool_calls[0].function
    assert call.name == "plus"
    assert set(call.arguments) == {"first", "second"}


def test_ollama_embeds(client):
    assert [len(v) for v in client.embed("embedder", ["one", "two"]).embeddings] == [32, 32]
    assert len(client.embeddings("embedder", "one").embedding) == 32


def test_ollama_lists_shows_and_tells_what_is_loaded(client):
    assert {model.model for model in client.list().models} == {"llama:latest", "embedder:latest"}
    assert "completion" in client.show("llama").capabilities
    client.generate("llama", "warm up")
    assert "llama:latest" in {model.model for model in client.ps().models}


def test_ollama_says_that_a_model_is_unknown(client):
    with pytest.raises(ollama.ResponseError) as error:
        client.chat("no-such-model", messages=HELLO)
    assert error.value.status_code == 404
