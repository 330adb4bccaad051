import { html } from 'hono/html';
import type { DescribedOperation, Json, OpenApiDocument } from './document.ts';

/** Where the page is. */
export const REFERENCE = '/reference';

/** The specification as a page to read, without a script. */
export function referencePage(document: OpenApiDocument) {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = new Set(operations.map(({ operation }) => operation.tags[0] ?? ''));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Patchwork: routes</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body class="reference">
<header class="bar"><a class="name" href="/">Patchwork</a><nav><a href="/openapi.json">openapi.json</a></nav></header>
<main>
<h1>Routes</h1>
${[...groups].map(
  (group) => html`<section><h2>${group}</h2>
${operations
  .filter(({ operation }) => operation.tags[0] === group)
  .map(({ path, method, operation }) => operationEntry(path, method, operation))}</section>`,
)}
<section><h2>Schemas</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) =>
    html`<details id="${name}"><summary><code>${name}</code></summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>`,
)}</section>
</main>
</body>
</html>`;
}

function operationEntry(path: string, method: string, operation: DescribedOperation) {
  const { summary, parameters, security, requestBody, responses } = operation;
  const role = security?.flatMap(Object.keys)[0];
  return html`<details><summary><code><b>${method.toUpperCase()}</b> ${path}</code> <span>${summary}</span></summary>
${role ? html`<p>Takes the bearer token of the role <b>${role}</b>.</p>` : ''}
${
  parameters.length > 0
    ? html`<h3>Parameters</h3><dl>${parameters.map(
        ({ name, in: where, description, schema }) =>
          html`<dt><code>${name}</code> <small>${where}</small></dt><dd>${description ?? ''} <code>${JSON.stringify(schema)}</code></dd>`,
      )}</dl>`
    : ''
}
${
  requestBody
    ? html`<h3>Body</h3><p>${requestBody.description}</p><dl>${contents(requestBody.content)}</dl>`
    : ''
}
<h3>Answers</h3><dl>${Object.entries(responses).map(
    ([status, { description, content = {} }]) =>
      html`<dt><code>${status}</code></dt><dd>${description}<dl>${contents(content)}</dl></dd>`,
  )}</dl>
</details>`;
}

function contents(content: Readonly<Record<string, Json>>) {
  return Object.entries(content).map(([type, { schema }]) => {
    const text = JSON.stringify(schema);
    const reference = /^{"\$ref":"[^"]*\/(\w+)"}$/.exec(text)?.[1];
    if (/"format":"binary"}$/.test(text))
      return html`<dt><small>${type}</small></dt><dd>bytes</dd>`;
    const shown = reference
      ? html`<a href="#${reference}">${reference}</a>`
      : html`<code>${text}</code>`;
    return html`<dt><small>${type}</small></dt><dd>${shown}</dd>`;
  });
}
