// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hello, ollama } from './clients.mjs';

test('ollama for node: a chat says the same whole and streamed', async () => {
  const whole = await ollama.chat({ model: 'llama', messages: hello });
  let text = '';
  for await (const part of await ollama.chat({ model: 'llama', messages: hello, stream: true })) text += part.message.content;
  assert.equal(text, whole.message.content);
});

test('ollama for node: models are listed, shown, loaded and embedded with', async () => {
  assert.deepEqual((await ollama.list()).models.map((model) => model.name).sort(), ['embedder:latest', 'llama:latest']);
  assert.ok((await ollama.show({ model: 'llama' })).capabilities.includes('completion'));
  assert.equal((await ollama.embed({ model: 'embedder', input: 'one' })).embeddings[0].length, 32);
  assert.ok((await ollama.ps()).models.length > 0);
});

test('ollama for node: an aborted stream ends', async () => {
  const stream = await ollama.generate({ model: 'llama', prompt: 'Hello!', stream: true });
  stream.abort();
  await assert.rejects(async () => { for await (const _ of stream); });
});
