// The Node.js runtime: asks the runtime API for events, gives them to the handler, and hands back what it answers.
//
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
//
// It may be started before its function is known: then descriptor 3 is a socket over which the function's variables
// come. Every module loaded here is paid for by every start, so HTTP is spoken on the bare socket.
'use strict';

const fs = require('fs');
const net = require('net');
const path = require('path');
const util = require('util');
const Module = require('module');

const API = '/2018-06-01/runtime/';
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
// A function's own requires are resolved as if this file were where AWS's is.
const load = Module.createRequire('/var/runtime/index.mjs');

// --- errors ---

// An error of the runtime's own. Its name is not among its own fields, which the log would show.
function runtimeError(kind, message) {
  const kinds = { [kind]: class extends Error {} };
  kinds[kind].prototype.name = `Runtime.${kind}`;
  return new kinds[kind](message);
}

const printable = (text) => (typeof text === 'string' ? text.replace(/\x7F/g, '%7F') : text);

function looksLikeAnError(value) {
  return value && ['name', 'message', 'stack'].every((field) => typeof value[field] === 'string' && value[field] !== '');
}

// What the runtime API is told of an error.
function described(error) {
  try {
    if (util.types.isNativeError(error) || looksLikeAnError(error)) {
      return {
        errorType: printable(error.name),
        errorMessage: printable(error.message),
        trace: printable(error.stack).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

// What the log is told of one: its own fields too.
function logged(error) {
  const withFields = (_, value) => {
    if (!(value instanceof Error)) return value;
    const { name, message, code, stack } = value;
    const shown = { errorType: name, errorMessage: message, code, ...value };
    if (typeof stack === 'string') shown.stack = stack.split('\n');
    return shown;
  };
  try {
    return '\t' + JSON.stringify(error, withFields);
  } catch {
    return '\t' + JSON.stringify(described(error));
  }
}

// --- logs: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html ---

const asError = (value) => (value instanceof Error ? value : new Error(value));
let jsonLogs = false;

function line(level, ...values) {
  const time = new Date().toISOString();
  const id = globalThis[REQUEST_ID];
  const text = jsonLogs ? jsonLine(time, level, id, values) : `${time}\t${id}\t${level}\t${util.format(...values)}`;
  process.stdout.write(text.replace(/\n/g, '\r') + '\n');
}

function jsonLine(timestamp, level, requestId, values) {
  const typeOf = (error) => error?.constructor?.name ?? 'UnknownError';
  const stackOf = (error, other) => (typeof error.stack === 'string' ? error.stack.split('\n') : other);
  const record = { timestamp, level, requestId };
  if (values.length === 1) {
    const withErrors = (_, value) => {
      if (!(value instanceof Error)) return value;
      const stackTrace = stackOf(value, value.stack);
      return { errorType: typeOf(value), errorMessage: value.message, stackTrace, ...value };
    };
    record.message = values[0];
    try {
      return JSON.stringify(record, withErrors);
    } catch {
      record.message = util.format(values[0]);
      return JSON.stringify(record);
    }
  }
  record.message = util.format(...values);
  const error = values.find((value) => value instanceof Error);
  if (error) {
    Object.assign(record, { errorType: typeOf(error), errorMessage: error.message, stackTrace: stackOf(error, []) });
  }
  return JSON.stringify(record);
}

function configureConsole() {
  jsonLogs = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const least = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
  LEVELS.forEach((level, rank) => {
    const seen = rank >= least || level === 'FATAL';
    // A call without a value logs one that is undefined, as on AWS.
    console[level.toLowerCase()] = seen ? (value, ...more) => line(level, value, ...more) : () => {};
  });
  console.log = console.info;
}

function logError(what, error) {
  if (jsonLogs) console.error(asError(error));
  else console.error(what, logged(asError(error)));
}

// --- the runtime API ---

// One connection, kept open. It keeps the process alive only while an answer is awaited, so that an event loop on
// which the function has left nothing runs empty.
class RuntimeApi {
  constructor(address) {
    const [host, port] = address.split(':');
    Object.assign(this, { host, port: Number(port || 80), address, socket: null, waiting: null, buffer: Buffer.alloc(0) });
  }

  connect() {
    if (this.socket) return this.socket;
    const socket = net.connect({ host: this.host, port: this.port, noDelay: true });
    this.socket = socket;
    socket.on('data', (data) => this.heard(data));
    socket.on('error', (error) => this.lost(error));
    socket.on('close', () => this.lost(new Error('the runtime API closed the connection')));
    return socket;
  }

  lost(error) {
    const { waiting } = this;
    Object.assign(this, { socket: null, waiting: null, buffer: Buffer.alloc(0) });
    waiting?.reject(error);
  }

  call(method, target, headers = {}, body) {
    this.begin(method, target, body === undefined ? headers : { ...headers, 'Content-Length': Buffer.byteLength(body) });
    if (body !== undefined) this.socket.write(body);
    return this.answer();
  }

  begin(method, target, headers) {
    const head = [`${method} ${API}${target} HTTP/1.1`, `Host: ${this.address}`];
    for (const [name, value] of Object.entries(headers)) head.push(`${name}: ${value}`);
    const socket = this.connect();
    socket.ref();
    socket.write(Buffer.from(head.join('\r\n') + '\r\n\r\n', 'latin1'));
  }

  answer() {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  heard(data) {
    this.buffer = this.buffer.length ? Buffer.concat([this.buffer, data]) : data;
    const end = this.buffer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [status, ...lines] = this.buffer.toString('utf8', 0, end).split('\r\n');
    const headers = {};
    for (const each of lines) {
      const colon = each.indexOf(':');
      headers[each.slice(0, colon).toLowerCase()] = each.slice(colon + 1).trim();
    }
    const length = Number(headers['content-length'] ?? 0);
    if (this.buffer.length < end + 4 + length) return;
    const body = this.buffer.subarray(end + 4, end + 4 + length);
    this.buffer = this.buffer.subarray(end + 4 + length);
    const { waiting } = this;
    this.waiting = null;
    this.socket.unref();
    waiting?.resolve({ status: Number(status.split(' ')[1]), headers, body });
  }

  next() {
    return this.call('GET', 'invocation/next');
  }

  respond(id, value) {
    return this.call('POST', `invocation/${encodeURIComponent(id)}/response`, { 'Content-Type': 'application/json' }, toJson(value));
  }

  fail(target, error) {
    const what = described(error);
    const headers = { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': headerText(what.errorType) };
    return this.call('POST', `${target}/error`, headers, toJson(what));
  }
}

const headerText = (text) => String(text).replace(/[^\t\x20-\x7e]/g, '?');

function toJson(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

// --- streamed responses: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html ---

function responseStream(api, id, highWaterMark) {
  const { Writable } = require('stream');
  const error = 'Lambda-Runtime-Function-Error-';
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Lambda-Runtime-Function-Response-Mode': 'streaming',
    'Transfer-Encoding': 'chunked',
    Trailer: `${error}Type, ${error}Body`,
  };
  let begun = false;
  let settle;
  const done = new Promise((resolve, reject) => (settle = { resolve, reject }));
  const begin = () => {
    if (begun) return;
    begun = true;
    api.begin('POST', `invocation/${encodeURIComponent(id)}/response`, headers);
    api.answer().then(settle.resolve, settle.reject);
  };
  const send = (data, sent) => {
    begin();
    if (data.length === 0) return sent();
    api.socket.write(`${data.length.toString(16)}\r\n`);
    api.socket.write(data);
    api.socket.write('\r\n', sent);
  };
  const end = (trailers, sent) => {
    begin();
    const lines = Object.entries(trailers).map(([name, value]) => `${error}${name}: ${value}\r\n`);
    api.socket.write(`0\r\n${lines.join('')}\r\n`, 'latin1', sent);
  };
  let trailers = {};
  const stream = new Writable({
    highWaterMark,
    write: (chunk, _, sent) => send(chunk, sent),
    final: (sent) => end(trailers, sent),
  });
  const write = stream.write.bind(stream);
  let written = false;
  stream.write = (chunk, ...rest) => {
    if (!written) {
      written = true;
      stream._onBeforeFirstWrite?.((first) => write(first));
    }
    const raw = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return write(raw ? chunk : JSON.stringify(chunk), ...rest);
  };
  stream.setContentType = (type) => {
    if (written) throw runtimeError('InvalidStreamingOperation', 'Cannot set content-type, too late.');
    headers['Content-Type'] = type;
  };
  const fail = (reason) => {
    const what = described(reason);
    trailers = { Type: headerText(what.errorType), Body: Buffer.from(JSON.stringify(what)).toString('base64') };
    if (!stream.writableEnded) stream.end();
  };
  return { stream, done, fail };
}

const HttpResponseStream = {
  from(stream, prelude) {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    const head = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(head);
      write(new Uint8Array(8));
    };
    return stream;
  },
};

// --- the function ---

function isOfModules(file) {
  for (let folder = path.dirname(file); !folder.endsWith('/node_modules'); folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (fs.existsSync(manifest)) {
      try {
        return JSON.parse(fs.readFileSync(manifest, 'utf8'))?.type === 'module';
      } catch (error) {
        console.warn(`${manifest} cannot be read, it will be ignored for ES module detection purposes.`, error);
        return false;
      }
    }
    if (folder === '/') break;
  }
  return false;
}

async function importModule(file) {
  // Packages of layers are found by NODE_PATH, which modules do not look at by themselves.
  if (fs.existsSync('/opt/nodejs')) registerNodePath();
  return import(file);
}

function registerNodePath() {
  const above = (process.env.NODE_PATH ?? '').split(':').map((folder) => folder.replace(/\/node_modules$/, ''));
  const hooks = `
    import { createRequire } from 'node:module';
    import { pathToFileURL } from 'node:url';
    const require = createRequire('file:///var/runtime/index.mjs');
    export async function resolve(specifier, context, next) {
      try {
        return await next(specifier, context);
      } catch (error) {
        if (/^[./]|^[a-z]+:/.test(specifier)) throw error;
        let file;
        try { file = require.resolve(specifier, { paths: ${JSON.stringify(above)} }); } catch { throw error; }
        return next(pathToFileURL(file).href, context);
      }
    }`;
  Module.register?.('data:text/javascript,' + encodeURIComponent(hooks));
}

async function loadModule(root, folder, name) {
  const file = path.resolve(root, folder, name);
  const exists = (extension) => fs.existsSync(file + extension);
  if (fs.existsSync(file)) {
    const whole = load(file);
    if (whole) return whole;
  }
  if (exists('.js')) {
    if (isOfModules(file + '.js')) return importModule(file + '.js');
    return load(file + '.js');
  }
  if (exists('.mjs')) return importModule(file + '.mjs');
  if (exists('.cjs')) return load(file + '.cjs');
  return load(load.resolve(name, { paths: [root, folder] }));
}

async function findHandler(root, handler) {
  if (handler.includes('..')) {
    const advice = 'Use absolute paths when specifying root directories in handler names.';
    throw runtimeError('MalformedHandlerName', `'${handler}' is not a valid handler name. ${advice}`);
  }
  const base = path.basename(handler);
  const parts = /^([^.]*)\.(.*)$/.exec(base);
  if (!parts) throw runtimeError('MalformedHandlerName', 'Bad handler');
  let found;
  try {
    found = await loadModule(root, handler.slice(0, handler.indexOf(base)), parts[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', error);
    if (error?.code === 'MODULE_NOT_FOUND') throw runtimeError('ImportModuleError', error);
    throw error;
  }
  const value = parts[2].split('.').reduce((inner, key) => inner && inner[key], found);
  if (!value) throw runtimeError('HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof value !== 'function') throw runtimeError('HandlerNotFound', `${handler} is not a function`);
  return value;
}

// --- invocations ---

let whenEmpty = () => {};
let give = { uncaught: null, rejected: null };

function headerJson(headers, header, name) {
  const text = headers[header];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

function contextOf(headers, own) {
  const { env } = process;
  if (headers['lambda-runtime-trace-id']) env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  else delete env._X_AMZN_TRACE_ID;
  return Object.assign(own, {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: headerJson(headers, 'lambda-runtime-client-context', 'ClientContext'),
    identity: headerJson(headers, 'lambda-runtime-cognito-identity', 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => headers['lambda-runtime-deadline-ms'] - Date.now(),
  });
}

function invoke(api, handler, { headers, body }, again) {
  const id = headers['lambda-runtime-aws-request-id'];
  let completed = false;
  let waits = true;
  const failed = (error) => {
    logError('Invoke Error', error);
    return api.fail(`invocation/${encodeURIComponent(id)}`, error).then(again);
  };
  const complete = (value) => {
    if (completed) {
      console.error('Invocation has already been reported as done. Cannot call complete more than once per invocation.');
      return;
    }
    completed = true;
    api.respond(id, value).then(again);
  };
  const finish = (error, value) => {
    whenEmpty = () => {};
    if (error !== undefined && error !== null) failed(error);
    else complete(value);
  };
  const finishWhenEmpty = (error, value) => {
    if ((error !== undefined && error !== null) || !waits) finish(error, value);
    else whenEmpty = () => setImmediate(() => finish(null, value));
  };
  const once = (callback) => {
    return (...values) => {
      if (once.done) return;
      callback(...values);
      once.done = true;
    };
  };
  const done = once(finish);
  const succeed = once((value) => finish(null, value));
  const fail = once((error) => finish(error ?? 'handled'));
  const own = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
    succeed,
    fail,
    done,
  };
  const callback = once(finishWhenEmpty);
  whenEmpty = () => {
    completed = true;
    whenEmpty = () => {};
    api.respond(id, null).then(again);
  };
  try {
    const result = handler(JSON.parse(body.toString('utf8')), contextOf(headers, own), callback);
    if (typeof result?.then === 'function') result.then(succeed, fail).catch(fail);
  } catch (error) {
    callback(error);
  }
}

async function invokeStreaming(api, handler, { headers, body }, again) {
  const id = headers['lambda-runtime-aws-request-id'];
  const { stream, done, fail } = responseStream(api, id, handler[HIGH_WATER_MARK]);
  let waits = true;
  const own = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
  };
  const proceed = () => {
    if (!waits) again();
    else whenEmpty = () => setImmediate(again);
  };
  const failed = async (error) => {
    logError('Invoke Error', error);
    fail(error);
    await done;
    proceed();
  };
  whenEmpty = () => again();
  try {
    const result = handler(JSON.parse(body.toString('utf8')), stream, contextOf(headers, own));
    if (typeof result?.then !== 'function') return failed('Streaming does not support non-async handlers.');
    if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
    if (!stream.writableEnded) return failed('Response stream is not finished.');
    await done;
    proceed();
  } catch (error) {
    return failed(error);
  }
}

// While somebody debugs the function, its first invocation in an environment waits until their debugger has attached
// and lets it go on. https://nodejs.org/api/inspector.html
let debuggerIsAwaited = false;

function awaitDebugger() {
  if (!debuggerIsAwaited) return;
  debuggerIsAwaited = false;
  const inspector = require('inspector');
  inspector.open(5678, '127.0.0.1');
  inspector.waitForDebugger();
}

function loop(api, handler) {
  const mode = handler[STREAMING] ?? false;
  if (mode !== false && mode !== 'response') {
    throw runtimeError('MalformedStreamingHandler', 'Only response streaming is supported.');
  }
  const once = async () => {
    whenEmpty = () => {};
    const event = await api.next();
    const id = event.headers['lambda-runtime-aws-request-id'];
    globalThis[REQUEST_ID] = id;
    const leave = (code) => (error) => api.fail(`invocation/${encodeURIComponent(id)}`, error).then(() => process.exit(code));
    give = { uncaught: leave(129), rejected: leave(128) };
    awaitDebugger();
    if (mode) await invokeStreaming(api, handler, event, again);
    else invoke(api, handler, event, again);
  };
  const again = () => setImmediate(() => once().catch((error) => give.uncaught(error)));
  again();
}

// --- the start ---

// The variables of the function, when they come over a socket: a length, then each with its end.
function receiveVariables() {
  const read = (count) => {
    const bytes = Buffer.alloc(count);
    for (let have = 0; have < count; ) {
      const got = fs.readSync(3, bytes, have, count - have, null);
      if (got === 0) process.exit(0);
      have += got;
    }
    return bytes;
  };
  const variables = read(read(4).readUInt32LE()).toString('utf8');
  fs.closeSync(3);
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const each of variables.split('\0').slice(0, -1)) {
    const equals = each.indexOf('=');
    process.env[each.slice(0, equals)] = each.slice(equals + 1);
  }
  process.chdir('/var/task');
  // It was looked at when the process started.
  Module._initPaths();
}

// What every function needs is loaded, and run once, while nobody waits for it.
async function prepare() {
  require('stream');
  require('url');
  util.format('%s', {});
  try {
    load('/var/task/absent.js');
  } catch {
    // There is no function yet.
  }
  const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  await new Promise((done) => api.connect().once('connect', done).once('error', done));
  return api;
}

async function main() {
  let api;
  if (process.env.MOAT_WAIT) {
    api = await prepare();
    receiveVariables();
  }
  configureConsole();
  debuggerIsAwaited = '_MOAT_HANDLER' in process.env;
  api ??= new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  const leave = (code) => (error) => api.fail('init', error).then(() => process.exit(code));
  give = { uncaught: leave(129), rejected: leave(128) };
  process.on('uncaughtException', (error) => {
    logError('Uncaught Exception', error);
    give.uncaught(error);
  });
  process.on('unhandledRejection', (reason, promise) => {
    const error = Object.assign(runtimeError('UnhandledPromiseRejection', reason), { reason, promise });
    logError('Unhandled Promise Rejection', error);
    give.rejected(error);
  });
  process.on('beforeExit', () => whenEmpty());
  const unwanted = ['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA);
  if (!unwanted) {
    const streamifyResponse = (handler, options) => {
      handler[STREAMING] = 'response';
      if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = options.highWaterMark;
      return handler;
    };
    globalThis.awslambda = { streamifyResponse, HttpResponseStream };
  }
  try {
    loop(api, await findHandler(process.env.LAMBDA_TASK_ROOT ?? '/var/task', process.env._HANDLER));
  } catch (error) {
    logError('Uncaught Exception', error);
    give.uncaught(error);
  }
}

main();
