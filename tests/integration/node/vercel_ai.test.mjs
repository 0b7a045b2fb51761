// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedMany, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { eventually, requestsOf, vercel } from './clients.mjs';

test('vercel ai: generateText gives text and usage', async () => {
  const { text, usage } = await generateText({ model: vercel('chat'), prompt: 'Hello!' });
  assert.ok(text);
  assert.equal(usage.outputTokens, 24);
});

test('vercel ai: streamText says what generateText says', async () => {
  const whole = await generateText({ model: vercel('chat'), prompt: 'Hello!' });
  const stream = streamText({ model: vercel('chat'), prompt: 'Hello!' });
  let text = '';
  for await (const piece of stream.textStream) text += piece;
  assert.equal(text, whole.text);
  assert.equal((await stream.usage).outputTokens, 24);
});

test('vercel ai: a tool is run and its result goes back to the model', async () => {
  const places = [];
  const { text, steps } = await generateText({
    model: vercel('chat'), prompt: 'Please call weather for Delft.', stopWhen: stepCountIs(3),
    tools: {
      weather: tool({
        description: 'The weather of a place', inputSchema: z.object({ place: z.string() }),
        execute: async ({ place }) => { places.push(place); return 'Rain.'; },
      }),
    },
  });
  assert.equal(places.length, 1);
  assert.equal(steps.length, 2);
  assert.ok(text);
});

test('vercel ai: generateObject follows its schema', async () => {
  const { object } = await generateObject({
    model: vercel('chat'), prompt: 'A town, please.', schema: z.object({ town: z.string(), people: z.number().int() }),
  });
  assert.equal(typeof object.town, 'string');
});

test('vercel ai: embedMany gives one vector for each text', async () => {
  const { embeddings } = await embedMany({ model: vercel.textEmbeddingModel('embed'), values: ['one', 'two', 'three'] });
  assert.deepEqual(embeddings.map((vector) => vector.length), [64, 64, 64]);
});

test('vercel ai: an aborted stream is aborted at the provider', async () => {
  const controller = new AbortController();
  const before = (await requestsOf('slow')).length;
  const stream = streamText({ model: vercel('slow'), prompt: 'Hello!', abortSignal: controller.signal, onError: () => {} });
  try {
    for await (const _ of stream.textStream) controller.abort();
  } catch {
    // Whether the loop ends or throws is the client's own affair.
  }
  await eventually(async () => {
    const requests = await requestsOf('slow');
    return requests.length > before && requests.at(-1).outcome === 'aborted';
  });
});
