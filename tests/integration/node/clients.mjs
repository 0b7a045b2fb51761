// SPDX-License-Identifier: MIT
// What every file here needs: the addresses of the programs under test, handed over by node_clients_test.py.
import OpenAI, { AzureOpenAI } from 'openai';
import { Ollama } from 'ollama';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';

export const town = JSON.parse(process.env.INTEGRATION_TOWN);

export const openai = new OpenAI({ baseURL: `${town.gateway}/v1`, apiKey: town.key, maxRetries: 0 });
export const azure = new AzureOpenAI({ endpoint: town.gateway, apiKey: town.key, apiVersion: '2024-10-21', maxRetries: 0 });
export const ollama = new Ollama({ host: town.ollama });
export const vercel = createOpenAICompatible({ name: 'logos', baseURL: `${town.gateway}/v1`, apiKey: town.key, includeUsage: true, supportsStructuredOutputs: true });

export const hello = [{ role: 'user', content: 'Hello!' }];

/** What the simulated cloud provider knows about the requests of a model. */
export async function requestsOf(model) {
  const stats = await (await fetch(`${town.cloud}/control/stats`)).json();
  return stats.requests.filter((request) => request.model === model);
}

export async function addFault(fault) {
  await fetch(`${town.cloud}/control/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

export async function clearFaults() {
  await fetch(`${town.cloud}/control/faults`, { method: 'DELETE' });
}

/** Asks until the answer is true. */
export async function eventually(check, milliseconds = 3000) {
  const deadline = Date.now() + milliseconds;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
