// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { addFault, azure, clearFaults, eventually, hello, openai, requestsOf, town } from './clients.mjs';

const tools = [{
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] } },
}];
const call = [{ role: 'user', content: 'Please call weather for Delft.' }];

test('openai for node: a chat is answered with text and usage', async () => {
  const answer = await openai.chat.completions.create({ model: 'chat', messages: hello });
  assert.ok(answer.choices[0].message.content);
  assert.equal(answer.usage.completion_tokens, 24);
});

test('openai for node: a stream says what the whole answer says and withholds usage that was not asked for', async () => {
  const whole = await openai.chat.completions.create({ model: 'chat', messages: hello });
  let text = '';
  for await (const chunk of await openai.chat.completions.create({ model: 'chat', messages: hello, stream: true })) {
    assert.equal(chunk.choices.length, 1);
    assert.ok(!chunk.usage);
    text += chunk.choices[0].delta.content ?? '';
  }
  assert.equal(text, whole.choices[0].message.content);
});

test('openai for node: usage that was asked for comes last in a stream', async () => {
  let last;
  const stream = await openai.chat.completions.create({ model: 'chat', messages: hello, stream: true, stream_options: { include_usage: true } });
  for await (const chunk of stream) last = chunk;
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.completion_tokens, 24);
});

test('openai for node: the stream helper puts a tool call together', async () => {
  const stream = openai.chat.completions.stream({ model: 'chat', messages: call, tools });
  const message = await stream.finalMessage();
  assert.equal(message.tool_calls[0].function.name, 'weather');
  assert.deepEqual(Object.keys(JSON.parse(message.tool_calls[0].function.arguments)), ['place']);
});

test('openai for node: a tool runner goes through a call and its result to an answer', async () => {
  const runner = openai.chat.completions.runTools({
    model: 'chat', messages: call,
    tools: [{ type: 'function', function: { function: ({ place }) => `Rain in ${place}.`, parse: JSON.parse, ...tools[0].function } }],
  });
  assert.ok(await runner.finalContent());
});

test('openai for node: embeddings come as numbers', async () => {
  const coded = await openai.embeddings.create({ model: 'embed', input: ['one', 'two'] });
  const floats = await openai.embeddings.create({ model: 'embed', input: ['one', 'two'], encoding_format: 'float' });
  coded.data.forEach((entry, i) => entry.embedding.forEach((value, j) => assert.ok(Math.abs(value - floats.data[i].embedding[j]) < 1e-5)));
});

test('openai for node: models are listed and shown', async () => {
  const listed = [];
  for await (const model of openai.models.list()) listed.push(model.id);
  assert.ok(listed.includes('chat') && listed.includes('renamed'));
  assert.equal((await openai.models.retrieve('chat')).id, 'chat');
});

test('openai for node: the responses api streams to its end', async () => {
  let text = '';
  let last;
  for await (const event of await openai.responses.create({ model: 'chat', input: 'Hello!', stream: true })) {
    if (event.type === 'response.output_text.delta') text += event.delta;
    last = event;
  }
  assert.equal(last.type, 'response.completed');
  assert.equal(text, (await openai.responses.create({ model: 'chat', input: 'Hello!' })).output_text);
});

test('openai for node: pictures, speech, transcription and moderation work', async () => {
  assert.ok((await openai.images.generate({ model: 'picture', prompt: 'A river' })).data[0].b64_json);
  const speech = Buffer.from(await (await openai.audio.speech.create({ model: 'speech', voice: 'alloy', input: 'Hello' })).arrayBuffer());
  assert.equal(speech.subarray(0, 3).toString(), 'ID3');
  const file = await toFile(Buffer.alloc(5000, 7), 'talk.wav');
  assert.ok((await openai.audio.transcriptions.create({ model: 'whisper', file })).text);
  assert.equal((await openai.moderations.create({ model: 'moderation', input: 'violence' })).results[0].flagged, true);
});

test('openai for node: an aborted stream is aborted at the provider', async () => {
  const controller = new AbortController();
  const before = (await requestsOf('slow')).length;
  await assert.rejects(async () => {
    const stream = await openai.chat.completions.create({ model: 'slow', messages: hello, stream: true }, { signal: controller.signal });
    for await (const _ of stream) controller.abort();
    throw new OpenAI.APIUserAbortError();
  });
  await eventually(async () => {
    const requests = await requestsOf('slow');
    return requests.length > before && requests.at(-1).outcome === 'aborted';
  });
});

test('openai for node: errors are of the class that they mean', async () => {
  const stranger = new OpenAI({ baseURL: `${town.gateway}/v1`, apiKey: 'lg-nobody', maxRetries: 0 });
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
  await assert.rejects(openai.chat.completions.create({ model: 'no-such-model', messages: hello }), OpenAI.NotFoundError);
  await assert.rejects(openai.chat.completions.create({ model: 'chat', messages: hello, stream: 'perhaps' }), OpenAI.BadRequestError);
});

test('openai for node: a rate limit of the provider is a rate limit error', async () => {
  await addFault({ kind: 'status', model: 'chat', code: 429, retry_after_s: 7 });
  try {
    await assert.rejects(openai.chat.completions.create({ model: 'chat', messages: hello }), (error) => {
      assert.ok(error instanceof OpenAI.RateLimitError);
      assert.equal(error.headers.get('retry-after'), '7');
      return true;
    });
  } finally {
    await clearFaults();
  }
});

test('openai for node: the azure client reaches models by deployment path', async () => {
  assert.ok((await azure.chat.completions.create({ model: 'chat', messages: hello })).choices[0].message.content);
  assert.equal((await azure.chat.completions.create({ model: 'gpt-azure', messages: hello })).usage.completion_tokens, 12);
});
