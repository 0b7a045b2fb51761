# SPDX-License-Identifier: MIT
"""The official OpenAI client for Python, unmodified, with only its base_url changed."""

import base64
import io
import json
import struct

import openai
import pytest

from support.programs import eventually

TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "The weather of a place.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}}]
HELLO = [{"role": "user", "content": "Hello!"}]
CALL = [{"role": "user", "content": "Please call weather for Delft."}]


@pytest.fixture
def client(town, cloud):
    with openai.OpenAI(base_url=town.url + "/v1", api_key=town.key, max_retries=0, timeout=60) as one:
        yield one


def test_a_chat_is_answered_with_text_and_usage(client):
    answer = client.chat.completions.create(model="chat", messages=HELLO)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens == 24
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 24


def test_several_choices_are_told_apart(client):
    answer = client.chat.completions.create(model="chat", messages=HELLO, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]


def test_a_stream_says_what_the_whole_answer_says(client):
    whole = client.chat.completions.create(model="chat", messages=HELLO).choices[0].message.content
    chunks = list(client.chat.completions.create(model="chat", messages=HELLO, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == whole


def test_usage_that_was_not_asked_for_is_withheld_from_a_stream(client):
    chunks = list(client.chat.completions.create(model="chat", messages=HELLO, stream=True))
    assert all(chunk.choices for chunk in chunks)
    assert all("usage" not in chunk.model_fields_set for chunk in chunks)


def test_usage_that_was_asked_for_comes_last_in_a_stream(client):
    chunks = list(client.chat.completions.create(model="chat", messages=HELLO, stream=True,
                                                 stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 24
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_tool_is_called_and_its_result_is_taken(client):
    answer = client.chat.completions.create(model="chat", messages=CALL, tools=TOOLS)
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.function.name == "weather"
    assert set(json.loads(call.function.arguments)) == {"place"}
    again = client.chat.completions.create(model="chat", tools=TOOLS, messages=[
        *CALL, answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "Rain."}])
    assert again.choices[0].message.content


def test_a_streamed_tool_call_comes_in_pieces_that_fit(client):
    name, arguments = "", ""
    for chunk in client.chat.completions.create(model="chat", messages=CALL, tools=TOOLS, stream=True):
        for call in chunk.choices[0].delta.tool_calls or []:
            name += call.function.name or ""
            arguments += call.function.arguments or ""
    assert name == "weather"
    assert set(json.loads(arguments)) == {"place"}


def test_structured_output_follows_its_schema(client):
    schema = {"type": "object", "properties": {"town": {"type": "string"}, "people": {"type": "integer"}},
              "required": ["town", "people"]}
    answer = client.chat.completions.create(model="chat", messages=HELLO, response_format={
        "type": "json_schema", "json_schema": {"name": "town", "schema": schema}})
    assert set(json.loads(answer.choices[0].message.content)) == {"town", "people"}


def test_old_completions_work_streamed_and_whole(client):
    whole = client.completions.create(model="chat", prompt="Once upon a time")
    streamed = client.completions.create(model="chat", prompt="Once upon a time", stream=True)
    assert "".join(chunk.choices[0].text for chunk in streamed) == whole.choices[0].text


def test_embeddings_in_base64_are_those_in_floats(client):
    floats = client.embeddings.create(model="embed", input=["one", "two"], encoding_format="float").data
    coded = client.embeddings.create(model="embed", input=["one", "two"], encoding_format="base64").data
    assert [len(entry.embedding) for entry in floats] == [64, 64]
    for plain, packed in zip(floats, coded):
        unpacked = struct.unpack("<64f", base64.b64decode(packed.embedding))
        assert unpacked == pytest.approx(plain.embedding, abs=1e-5)


def test_embeddings_in_the_form_that_the_client_prefers_are_numbers(client):
    assert len(client.embeddings.create(model="embed", input="one").data[0].embedding) == 64


def test_the_models_that_the_key_may_use_are_listed_and_shown(client):
    listed = [model.id for model in client.models.list()]
    assert {"chat", "embed", "renamed", "llama", "gpt-azure"} <= set(listed)
    assert client.models.retrieve("chat").id == "chat"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no-such-model")


def test_a_model_is_reached_by_its_alias_and_under_its_upstream_name(client, cloud):
    for name in ("renamed", "also-renamed"):
        assert client.chat.completions.create(model=name, messages=HELLO).choices[0].message.content
        assert json.loads(cloud.last_body())["model"] == "chat"


def test_the_responses_api_works_whole_and_streamed(client):
    whole = client.responses.create(model="chat", input="Hello!")
    assert whole.output_text
    events = list(client.responses.create(model="chat", input="Hello!", stream=True))
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == whole.output_text


def test_pictures_are_made(client):
    picture = client.images.generate(model="picture", prompt="A quiet river").data[0]
    assert base64.b64decode(picture.b64_json).startswith(b"\x89PNG")


def test_speech_is_relayed_as_the_bytes_that_it_is(client, town, cloud):
    spoken = client.audio.speech.create(model="speech", voice="alloy", input="Good morning").read()
    assert spoken.startswith(b"ID3")
    with openai.OpenAI(base_url=cloud.url + "/v1", api_key="sk-upstream") as direct:
        assert direct.audio.speech.create(model="speech", voice="alloy", input="Good morning").read() == spoken


def test_audio_is_transcribed_from_a_form(client, cloud):
    sound = io.BytesIO(bytes(range(256)) * 64)
    sound.name = "talk.mp3"
    answer = client.audio.transcriptions.create(model="whisper", file=sound)
    assert answer.text
    assert bytes(range(256)) * 64 in cloud.last_body()


def test_texts_are_moderated(client):
    results = client.moderations.create(model="moderation", input=["peace", "violence"]).results
    assert [result.flagged for result in results] == [False, True]


def test_a_stream_that_the_client_closes_is_aborted_at_the_provider(client, cloud):
    stream = client.chat.completions.create(model="slow", messages=HELLO, stream=True)
    next(iter(stream))
    stream.close()
    eventually(lambda: cloud.requests("slow")[-1]["outcome"] == "aborted", 2, "the abort")


def test_the_raw_answer_carries_our_headers_and_renames_the_providers(client):
    raw = client.chat.completions.with_raw_response.create(model="chat", messages=HELLO)
    assert raw.headers["x-logos-model"] == "chat"
    assert raw.headers["x-logos-provider"] == "cloud"
    assert raw.headers["x-logos-queue-ms"].isdigit()
    assert raw.headers["x-logos-decision"]
    assert raw.headers["x-upstream-request-id"].startswith("req_")
    assert raw.headers["x-request-id"] != raw.headers["x-upstream-request-id"]
    assert raw.headers["openai-processing-ms"].isdigit()


def test_a_wrong_key_is_an_authentication_error(town):
    with openai.OpenAI(base_url=town.url + "/v1", api_key="lg-wrong-key", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError) as error:
            stranger.chat.completions.create(model="chat", messages=HELLO)
    assert error.value.status_code == 401
    assert error.value.code == "invalid_api_key"


def test_an_unknown_model_is_a_not_found_error(client):
    with pytest.raises(openai.NotFoundError) as error:
        client.chat.completions.create(model="no-such-model", messages=HELLO)
    assert error.value.code == "model_not_found"
    assert error.value.param == "model"


def test_a_model_without_permission_is_refused(town):
    key, process_id = town.gateway.new_key("narrow", model="embed")
    with openai.OpenAI(base_url=town.url + "/v1", api_key=key, max_retries=0) as narrow:
        assert [model.id for model in narrow.models.list()] == ["embed"]
        assert narrow.embeddings.create(model="embed", input="one").data
        with pytest.raises((openai.NotFoundError, openai.PermissionDeniedError)):
            narrow.chat.completions.create(model="chat", messages=HELLO)
    town.gateway.admin("DELETE", f"/processes/{process_id}")


def test_a_field_of_a_wrong_type_is_a_bad_request_error(client):
    with pytest.raises(openai.BadRequestError) as error:
        client.chat.completions.create(model="chat", messages=HELLO, extra_body={"stream": "perhaps"})
    assert error.value.type == "invalid_request_error"
    assert error.value.param == "stream"


@pytest.mark.parametrize("code, kind", [
    (400, openai.BadRequestError), (401, openai.AuthenticationError), (403, openai.PermissionDeniedError),
    (404, openai.NotFoundError), (409, openai.ConflictError), (422, openai.UnprocessableEntityError),
    (429, openai.RateLimitError), (500, openai.InternalServerError), (503, openai.InternalServerError)])
def test_a_providers_own_error_raises_the_class_that_it_would_raise_directly(client, cloud, code, kind):
    cloud.add_fault("status", model="chat", code=code)
    with pytest.raises(kind) as error:
        client.chat.completions.create(model="chat", messages=HELLO)
    assert error.value.status_code == code
    assert "simulated fault" in error.value.message


def test_a_client_that_retries_gets_through_when_the_provider_recovers(town, cloud):
    cloud.add_fault("status", model="chat", code=429, count=1, retry_after_s=0)
    with openai.OpenAI(base_url=town.url + "/v1", api_key=town.key, max_retries=2) as patient:
        assert patient.chat.completions.create(model="chat", messages=HELLO).choices


def test_azures_client_reaches_an_openai_model_by_deployment_path(town, cloud):
    with openai.AzureOpenAI(azure_endpoint=town.url, api_key=town.key, api_version="2024-10-21") as azure:
        answer = azure.chat.completions.create(model="chat", messages=HELLO)
        assert answer.choices[0].message.content
        chunks = list(azure.chat.completions.create(model="chat", messages=HELLO, stream=True))
        assert len(chunks) > 10


def test_azures_client_reaches_an_azure_deployment(town):
    with openai.AzureOpenAI(azure_endpoint=town.url, api_key=town.key, api_version="2024-10-21") as azure:
        assert azure.chat.completions.create(model="gpt-azure", messages=HELLO).usage.completion_tokens == 12
        with pytest.raises(openai.NotFoundError):
            azure.chat.completions.create(model="no-such-deployment", messages=HELLO)


def test_the_plain_client_reaches_an_azure_deployment(client, town):
    answer = client.chat.completions.create(model="gpt-azure", messages=HELLO)
    assert answer.usage.completion_tokens == 12
    assert town.azure.requests()[-1]["path"] == "/openai/deployments/gpt-deployed/chat/completions"


def test_the_plain_client_reaches_ollama(client):
    answer = client.chat.completions.create(model="llama", messages=HELLO)
    assert answer.usage.completion_tokens == 16
    assert len(client.embeddings.create(model="embedder", input="one").data[0].embedding) == 32


def test_the_asynchronous_client_runs_many_requests_at_once(town, cloud):
    import asyncio

    async def main():
        async with openai.AsyncOpenAI(base_url=town.url + "/v1", api_key=town.key, max_retries=0) as client:
            answers = await asyncio.gather(*[
                client.chat.completions.create(model="chat", messages=[{"role": "user", "content": f"Hello {n}!"}])
                for n in range(40)])
            return {answer.id for answer in answers}

    assert len(asyncio.run(main())) == 40
