// What stands in for the one part of AWS's aws-lambda-ric that is not JavaScript: its native HTTP client, with the
// same four functions. Posts are made by another process, since the native ones return when they have been answered.
'use strict';
const Module = require('module');
const { spawnSync } = require('child_process');
const http = require('http');

const api = process.env.AWS_LAMBDA_RUNTIME_API;
const post = (path, headers, body) => {
  const script = `
    const [path, headers, body] = JSON.parse(process.argv[1]);
    require('http').request('http://${api}/2018-06-01/runtime/' + path, { method: 'POST', headers }, (r) => r.resume()).end(body);`;
  spawnSync(process.execPath, ['-e', script, JSON.stringify([path, headers, body])], { env: {} });
};
const client = {
  initializeClient() {},
  next: () =>
    new Promise((resolve, reject) => {
      http.get(`http://${api}/2018-06-01/runtime/invocation/next`, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => resolve({ bodyJson: Buffer.concat(parts).toString(), headers: answer.headers }));
      }).on('error', reject);
    }),
  done: (id, body) => post(`invocation/${id}/response`, { 'Content-Type': 'application/json' }, body),
  error: (id, body) =>
    post(
      `invocation/${id}/error`,
      { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': JSON.parse(body).errorType },
      body,
    ),
};
const load = Module._load;
Module._load = function (request, ...rest) {
  return request.endsWith('rapid-client.node') ? client : load.call(this, request, ...rest);
};
