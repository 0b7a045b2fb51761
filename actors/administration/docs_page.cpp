// SPDX-License-Identifier: MIT
#include "actors/administration/docs_page.hpp"

namespace logos::administration {

const std::string_view docs_page = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Logos API</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a; }
h2 { border-bottom: 1px solid #ddd; margin-top: 2rem; text-transform: capitalize; }
details { border: 1px solid #ddd; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.2rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 13px; }
pre { background: #f6f6f6; overflow: auto; padding: .6rem; }
.who { color: #666; float: right; }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #e6e6e6; } pre { background: #22252b; } details, h2 { border-color: #3a3d44; }
}
</style>
</head>
<body>
<h1>Logos API</h1>
<p>The machine-readable form is <a href="openapi.json">/openapi.json</a>. Send a key as
<code>Authorization: Bearer …</code>. Every path under <code>/v1/</code> that is not listed is relayed to a provider.</p>
<main id="list">Loading…</main>
<script>
const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text || '' });
const list = document.getElementById('list');
fetch('openapi.json').then(r => r.json()).then(api => {
  list.textContent = '';
  const schemas = api.components.schemas;
  const show = (title, body) => {
    const schema = body && Object.values(body.content || {})[0]?.schema;
    if (!schema) return [];
    const name = (schema.$ref || '').split('/').pop();
    return [make('p', title), make('pre', JSON.stringify(schemas[name] || schema, null, 2))];
  };
  const groups = {};
  for (const [path, operations] of Object.entries(api.paths))
    for (const [method, o] of Object.entries(operations)) (groups[o.tags[0]] ||= []).push([method, path, o]);
  for (const [tag, rows] of Object.entries(groups)) {
    list.append(make('h2', tag));
    for (const [method, path, o] of rows) {
      const row = make('details');
      const head = make('summary');
      head.append(make('b', method.toUpperCase()), make('code', path), ' ', make('span', o.summary));
      const who = make('span', o['x-logos-access'] + (o['x-logos-access'] === 'open' || o['x-logos-access'] === 'key' ? '' : ' key'));
      who.className = 'who';
      head.append(who);
      row.append(head, ...show('Request', o.requestBody));
      for (const [status, answer] of Object.entries(o.responses)) row.append(...show('Answer ' + status, answer));
      const names = (o.parameters || []).map(p => p.name + ' (' + p.in + ')').join(', ');
      if (names) row.append(make('p', 'Parameters: ' + names));
      list.append(row);
    }
  }
}).catch(e => { list.textContent = 'The description could not be loaded: ' + e; });
</script>
</body>
</html>
)html";

} // namespace logos::administration
