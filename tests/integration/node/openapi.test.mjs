// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { town } from './clients.mjs';

/** Rules of the recommended set that do not hold here, each with its reason. */
const off = {};

test('redocly: /openapi.json has no errors and no warnings by the recommended rules', async () => {
  const answer = await fetch(`${town.gateway}/openapi.json`);
  assert.equal(answer.status, 200);
  const config = await createConfig({ extends: ['recommended'], rules: off });
  const problems = await lintFromString({ source: await answer.text(), absoluteRef: 'openapi.json', config });
  const told = problems.map((p) => `${p.severity} ${p.ruleId} at ${p.location[0]?.pointer}: ${p.message}`);
  assert.deepEqual(told, []);
});

test('redocly: the linter finds what is wrong', async () => {
  const config = await createConfig({ extends: ['recommended'], rules: off });
  const source = '{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/x":{"get":{"responses":{}}}}}';
  assert.notEqual((await lintFromString({ source, absoluteRef: 'openapi.json', config })).length, 0);
});
