"""The Python runtime: asks the runtime API for events, gives them to the handler, and hands back what it returns.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

Every import here is paid for by every cold start, so there are only those that each invocation needs; what only an
error, a log record or a Decimal needs is imported when it occurs.
"""

import sys
import _socket
import json
import os
import time

API = "/2018-06-01/runtime/"
SOURCE = "/bootstrap.py"
NO_BREAK_SPACE = "\u00a0"
ASCII_ONLY = JSON_LOGS = False
UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. "
    "The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. "
    "For functions using managed runtimes, runtime updates can be triggered by a function change, "
    "or can be applied automatically. "
    "To determine if the runtime has been updated, check the runtime version in the INIT_START log entry. "
    "If this error correlates with a change in the runtime version, you may be able to mitigate this error "
    "by temporarily rolling back to the previous runtime version. "
    "For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


def look_at_variables():
    global ASCII_ONLY, JSON_LOGS
    # The function's declared version decides, since the interpreter may be a neighbour of it.
    ASCII_ONLY = os.environ.get("AWS_EXECUTION_ENV", "")[-4:] in ("n3.8", "n3.9", "3.10", "3.11")
    JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


class Fault(Exception):
    """An error of the function's packaging or of its values, which has no traceback of its own."""

    def __init__(self, kind, message, trace=()):
        Exception.__init__(self, message)
        self.kind, self.message, self.trace = kind, message, list(trace)


# --- the runtime API ---


class RuntimeApi:
    """One connection, kept open, on the bare socket: the HTTP client of the library takes longer to import than a
    small function takes to run."""

    def __init__(self, address):
        host, _, port = address.partition(":")
        self.address, self.host = (host, int(port or 80)), address
        self.socket, self.rest = None, b""

    def call(self, method, path, headers=(), body=None):
        head = [method + " " + API + path + " HTTP/1.1", "Host: " + self.host]
        head += [name + ": " + value for name, value in headers]
        if body is not None:
            head.append("Content-Length: " + str(len(body)))
        request = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1", "replace") + (body or b"")
        if self.socket is None:
            self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
            self.socket.connect(self.address)
            self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        return self.answer()

    def answer(self):
        lines = self.until(b"\r\n\r\n").split(b"\r\n")
        status = int(lines[0].split(b" ", 2)[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.decode("latin-1").lower()] = value.strip().decode("utf-8", "replace")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self.chunks()
        else:
            body = self.exactly(int(headers.get("content-length") or 0))
        if headers.get("connection", "").lower() == "close":
            self.socket.close()
            self.socket, self.rest = None, b""
        return status, headers, body

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the runtime API closed the connection")
        return data

    def until(self, mark):
        while mark not in self.rest:
            self.rest += self.more()
        head, _, self.rest = self.rest.partition(mark)
        return head

    def exactly(self, count):
        parts, have = [self.rest], len(self.rest)
        while have < count:
            parts.append(self.more())
            have += len(parts[-1])
        data = b"".join(parts)
        self.rest = data[count:]
        return data[:count]

    def chunks(self):
        parts = []
        while True:
            size = int(self.until(b"\r\n").split(b";")[0], 16)
            parts.append(self.exactly(size))
            self.until(b"\r\n")
            if size == 0:
                return b"".join(parts)

    def post(self, path, headers, body):
        status, _, answer = self.call("POST", path, headers, body)
        if status != 202:
            raise RuntimeError("the runtime API answered %d to %s: %s" % (status, path, answer.decode("utf-8", "replace")))


# --- values ---


class Numbers:
    """Decimals are written digit by digit; the library has no way to, so they are strings until the end."""

    def __init__(self):
        self.written = {}

    def default(self, value):
        kind = type(value)
        if kind.__name__ == "Decimal" and kind.__module__ == "decimal":
            if value.is_nan():
                return float("nan")
            mark = "decimal-%s-%d" % (os.urandom(16).hex(), len(self.written))
            self.written['"' + mark + '"'] = str(value)
            return mark
        raise TypeError("Object of type %s is not JSON serializable" % kind.__name__)


def to_json(value):
    numbers = Numbers()
    text = json.dumps(value, ensure_ascii=ASCII_ONLY, default=numbers.default)
    for mark, digits in numbers.written.items():
        text = text.replace(mark, digits)
    return text.encode("utf-8", "surrogatepass")


def marshal(response):
    if isinstance(response, bytes):
        return response, "application/unknown"
    try:
        return to_json(response), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def unmarshal(body, content_type):
    if content_type != "application/json":
        return body
    try:
        return json.loads(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)


# --- the context object: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html ---


class Record:
    """A fixed set of attributes, all None until they are given."""

    __slots__ = ()

    def __init__(self, values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self):
        shown = ",".join("%s=%s" % (name, getattr(self, name)) for name in self.__slots__)
        return "%s([%s])" % (type(self).__name__, shown)


class CognitoIdentity(Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(Record):
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    def __init__(self, headers):
        get = os.environ.get
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = client_context(header_json(headers, "client-context", "Client Context"))
        identity = header_json(headers, "cognito-identity", "Cognito Identity") or {}
        self.identity = CognitoIdentity({
            "cognito_identity_id": identity.get("cognitoIdentityId"),
            "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
        })
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self):
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb")
        names += ("function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)


def header_json(headers, name, title):
    text = headers.get("lambda-runtime-" + name)
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (title, error))


def client_context(values):
    if values is None:
        return None
    context = ClientContext(values)
    if context.client is not None:
        context.client = Client(context.client)
    return context


# --- logs: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html ---

request_id = None


class LoggingArrives:
    """Sets logging up when, and only if, the function imports it: it is the most expensive import of a small one."""

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self.configure_after(spec.loader)
                return spec
        return None

    def configure_after(self, loader):
        load = loader.exec_module

        def exec_module(module):
            load(module)
            configure(module)

        loader.exec_module = exec_module


def configure(logging):
    class RequestId(logging.Filter):
        def filter(self, record):
            record.aws_request_id = request_id or ""
            return True

    class Output(logging.Handler):
        def emit(self, record):
            sys.stdout.write(self.format(record))

    handler = Output()
    handler.addFilter(RequestId())
    logging.Formatter.converter = time.gmtime
    if JSON_LOGS:
        handler.setFormatter(json_formatter(logging)())
    else:
        line = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(line, "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level)
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)
    root.addHandler(handler)


def json_formatter(logging):
    plain = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime", "aws_request_id"}

    class JsonFormatter(logging.Formatter):
        def format(self, record):
            message = record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage()
            line = {"timestamp": stamp(record.created), "level": record.levelname}
            line.update(message=message, logger=record.name)
            if record.exc_info:
                line.update(raised(record.exc_info))
            line["requestId"] = record.aws_request_id
            if record.exc_info:
                line["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
            extra = ((name, value) for name, value in record.__dict__.items() if name not in plain)
            line.update((name, value) for name, value in extra if name not in line and value is not None)
            return json.dumps(line, ensure_ascii=False, default=str) + "\n"

    return JsonFormatter


def raised(exc_info):
    import traceback

    kind, value, trace = exc_info
    return {"stackTrace": traceback.format_tb(trace), "errorType": kind.__name__, "errorMessage": str(value)}


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def log_error(error):
    """One line of the log, in which carriage returns stand for line breaks."""
    if JSON_LOGS:
        line = json.dumps(dict({"timestamp": stamp(time.time()), "level": "ERROR"}, **error), ensure_ascii=False)
        sys.stdout.write(line + "\n")
        return
    kind, message = error["errorType"], error["errorMessage"]
    head = "[ERROR]" + (" " + kind if kind else "") + (":" if kind and message else "")
    lines = [head + (" " + message if message else ""), "Traceback (most recent call last):"]
    for entry in error["stackTrace"]:
        for line in entry.splitlines() or [""]:
            text = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(text)) + text)
    sys.stdout.write("\r".join(lines) + "\n")


# --- errors: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html ---


def frames(trace):
    """The stack below this file, or, when the call itself has failed, in it."""
    import traceback

    stack = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in traceback.extract_tb(trace)]
    foreign = [index for index, frame in enumerate(stack) if SOURCE not in frame[0]]
    return traceback.format_list(stack[foreign[0] if foreign else 0:])


def describe(error, invocation=""):
    if isinstance(error, Fault):
        kind, message, trace = error.kind, error.message, error.trace
    else:
        kind, message, trace = type(error).__name__, str(error), frames(error.__traceback__)
    return {"errorMessage": message, "errorType": kind, "requestId": invocation, "stackTrace": trace}


# --- the function ---


def find_handler(name):
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    module = import_handler(module_name)
    try:
        return getattr(module, function)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module_name))


def import_handler(name):
    import importlib

    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (name, error))
    except SyntaxError as error:
        trace = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (name, error), [trace])


def search_path():
    """The function's code, its layers, the runtime, and then the library."""
    version = "python%d.%d" % sys.version_info[:2]
    layers = ["/opt/python/lib/" + version + "/site-packages", "/opt/python"]
    library = ["/var/lang/lib/" + version + "/site-packages"]
    sys.path[:] = [os.environ.get("LAMBDA_TASK_ROOT", "/var/task")] + layers + sys.path + library


def builtins_of_site():
    """Python is started without its site module, which would search the host's packages; two of the names that it
    makes are in common use."""
    import builtins

    builtins.exit = builtins.quit = sys.exit


def initialise(api):
    try:
        return find_handler(os.environ["_HANDLER"])
    except Exception as error:
        described = describe(error)
        import logging

        logging.getLogger().warning(UNHANDLED)
        log_error(described)
        headers = [("Lambda-Runtime-Function-Error-Type", described["errorType"]), ("Content-Type", "application/json")]
        api.post("init/error", headers, to_json(described))
        sys.exit(1)


def handle_event_request(api, request_handler, headers, body):
    path = "invocation/" + request_id
    try:
        lambda_context = LambdaContext(headers)
        event = unmarshal(body, headers.get("content-type"))
        response = request_handler(event, lambda_context)
        result, content_type = marshal(response)
    except Exception as error:
        described = describe(error, request_id)
        log_error(described)
        kind = described["errorType"].encode("ascii", "replace").decode("ascii")
        fields = [("Lambda-Runtime-Function-Error-Type", kind), ("Content-Type", "application/json")]
        api.post(path + "/error", fields, to_json(described))
    else:
        api.post(path + "/response", [("Content-Type", content_type)], result)


def trace(headers):
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def main():
    global request_id
    if "MOAT_ZYGOTE" in os.environ:
        import zygote

        zygote.wait_for_a_function()
    look_at_variables()
    search_path()
    builtins_of_site()
    if "logging" in sys.modules:
        configure(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, LoggingArrives())
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    handler = initialise(api)
    while True:
        status, headers, body = api.call("GET", "invocation/next")
        if status != 200:
            raise RuntimeError("the runtime API has no next invocation: %d" % status)
        request_id = headers["lambda-runtime-aws-request-id"]
        trace(headers)
        handle_event_request(api, handler, headers, body)


if __name__ == "__main__":
    main()
