//! An environment whose runtime is a task of the test: it asks the runtime API for events
//! over a socket, and does what the event says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime_api::RuntimeApi;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use svc_lambda::needs::{
    Environment, Environments, Exit, Network, Pending, Process, StartEnvironment, StartError, Step,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

#[derive(Default)]
pub struct FakeEnvironments {
    pub started: Mutex<Vec<StartEnvironment>>,
    pub running: Arc<Mutex<BTreeSet<String>>>,
    pub broken: Mutex<bool>,
    /// The events that functions received, by the functions' names.
    pub received: Arc<Mutex<Vec<(String, Value)>>>,
    /// What is done instead of what the next events say.
    pub events: Arc<Mutex<VecDeque<Value>>>,
    /// Whether an initialisation that waits for it may go on.
    pub may_go_on: watch::Sender<bool>,
}

impl Environments for FakeEnvironments {
    fn start(&self, wanted: StartEnvironment) -> Pending<'_, Result<Environment, StartError>> {
        Box::pin(async move {
            if *self.broken.lock().unwrap() {
                return Err(match wanted.runtime.as_str() {
                    "nodejs22.x" => StartError::RuntimeMissing(wanted.runtime.clone()),
                    _ => StartError::NoRoom,
                });
            }
            self.started.lock().unwrap().push(wanted.clone());
            self.running.lock().unwrap().insert(wanted.id.clone());
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let session = RuntimeApi::serve(listener).unwrap();
            let (received, output) = std::io::pipe().unwrap();
            let (exit, _) = watch::channel(None);
            let (received_events, instead) = (self.received.clone(), self.events.clone());
            let (wanted_by_runtime, may_go_on) = (wanted.clone(), self.may_go_on.subscribe());
            let runtime = Runtime {
                address,
                output,
                wanted: wanted_by_runtime,
                received: received_events,
                instead,
                may_go_on,
            };
            let task = tokio::spawn({
                let exit = exit.clone();
                async move {
                    let status = runtime.run().await;
                    exit.send_replace(Some(status));
                }
            });
            let process = FakeProcess {
                id: wanted.id,
                exit,
                task: task.abort_handle(),
                running: Arc::clone(&self.running),
            };
            let steps = vec![Step { name: "exec".to_owned(), took: Duration::from_micros(5) }];
            Ok(Environment {
                session,
                output: received.into(),
                extension_output: None,
                warning: None,
                process: Box::new(process),
                steps,
            })
        })
    }
}

struct FakeProcess {
    id: String,
    exit: watch::Sender<Option<Exit>>,
    task: tokio::task::AbortHandle,
    running: Arc<Mutex<BTreeSet<String>>>,
}

impl Process for FakeProcess {
    fn kill(&self) -> Pending<'_, ()> {
        Box::pin(async {
            self.task.abort();
            self.running.lock().unwrap().remove(&self.id);
            self.exit.send_if_modified(|exit| exit.replace(exit.unwrap_or(Exit::Signal(9))).is_none());
        })
    }

    fn exited(&self) -> Pending<'_, Exit> {
        Box::pin(async {
            let mut exit = self.exit.subscribe();
            let seen = exit.wait_for(Option::is_some).await.unwrap();
            seen.unwrap()
        })
    }

    fn max_memory_used(&self) -> Option<u64> {
        Some(40 * 1024 * 1024)
    }
}

struct Runtime {
    address: SocketAddr,
    output: std::io::PipeWriter,
    wanted: StartEnvironment,
    received: Arc<Mutex<Vec<(String, Value)>>>,
    instead: Arc<Mutex<VecDeque<Value>>>,
    may_go_on: watch::Receiver<bool>,
}

impl Runtime {
    async fn run(mut self) -> Exit {
        match self.variable("_HANDLER").as_str() {
            "init.error" => {
                self.print("could not import\n");
                let body = json!({"errorMessage": "no module", "errorType": "Runtime.ImportModuleError"});
                self.post("init/error", &body).await;
                return Exit::Status(1);
            }
            "init.exit" => return Exit::Status(7),
            "init.loud" => {
                // As many lines as are written out at once, and one more when they are.
                self.print(&"loud\n".repeat(1000));
                self.may_go_on.wait_for(|may| *may).await.unwrap();
                self.print("initialised\n");
            }
            "init.slow" => tokio::time::sleep(Duration::from_secs(3600)).await,
            _ => {}
        }
        let mut count = 0;
        loop {
            let (id, event) = self.next().await;
            count += 1;
            self.received.lock().unwrap().push((self.wanted.function_name.clone(), event.clone()));
            let event = self.instead.lock().unwrap().pop_front().unwrap_or(event);
            match event["do"].as_str().unwrap_or("echo") {
                "print" => {
                    self.print(event["text"].as_str().unwrap());
                    self.post(&format!("invocation/{id}/response"), &Value::Null).await;
                }
                "error" => {
                    let body = json!({"errorMessage": "boom", "errorType": "ValueError", "stackTrace": []});
                    self.post(&format!("invocation/{id}/error"), &body).await;
                }
                "exit" => return Exit::Status(1),
                "stream" => {
                    if !self.stream(&id, &event).await {
                        return Exit::Status(1);
                    }
                }
                "answer too much" => {
                    // As AWS's own runtimes do when the answer is refused.
                    let path = format!("invocation/{id}/response");
                    self.ask("POST", &path, &format!("\"{}\"", "x".repeat(6 * 1024 * 1024 + 100))).await;
                    return Exit::Status(1);
                }
                "out of memory" => return Exit::OutOfMemory,
                "hang" => tokio::time::sleep(Duration::from_secs(3600)).await,
                "hold" => {
                    self.may_go_on.wait_for(|may| *may).await.unwrap();
                    self.post(&format!("invocation/{id}/response"), &json!("waited")).await;
                }
                "wait" => {
                    tokio::time::sleep(Duration::from_millis(event["ms"].as_u64().unwrap())).await;
                    self.post(&format!("invocation/{id}/response"), &json!("waited")).await;
                }
                "variables" => {
                    let all: serde_json::Map<_, _> =
                        self.wanted.env.0.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
                    self.post(&format!("invocation/{id}/response"), &Value::Object(all)).await;
                }
                _ if self.variable("_HANDLER") == "says.nothing" => {
                    self.post(&format!("invocation/{id}/response"), &Value::Null).await;
                }
                _ => {
                    let answer = json!({"echo": event, "environment": self.wanted.id, "count": count});
                    self.post(&format!("invocation/{id}/response"), &answer).await;
                }
            }
        }
    }

    /// Answers in chunks, each when the one before it was sent; whether it lived to the end.
    async fn stream(&self, id: &str, event: &Value) -> bool {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let kind = event["type"].as_str().unwrap_or("text/plain");
        let head = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: x\r\nConnection: close\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\nContent-Type: {kind}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        for chunk in event["chunks"].as_array().unwrap() {
            if chunk == "exit" {
                return false;
            }
            if chunk == "hold" {
                self.may_go_on.clone().wait_for(|may| *may).await.unwrap();
                continue;
            }
            let text = chunk.as_str().unwrap();
            // Whether the runtime is asked to go on is whether its client is still there.
            let _ = stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).await;
            tokio::time::sleep(Duration::from_millis(event["ms"].as_u64().unwrap_or(0))).await;
        }
        let trailers = match event["error"].as_str() {
            Some(error) => format!(
                "Lambda-Runtime-Function-Error-Type: {error}\r\nLambda-Runtime-Function-Error-Body: {}\r\n",
                STANDARD.encode(json!({"errorType": error, "errorMessage": "midway"}).to_string())
            ),
            None => String::new(),
        };
        stream.write_all(format!("0\r\n{trailers}\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        true
    }

    fn variable(&self, name: &str) -> String {
        self.wanted.env.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default()
    }

    fn print(&self, text: &str) {
        use std::io::Write;
        (&self.output).write_all(text.as_bytes()).unwrap();
    }

    async fn next(&self) -> (String, Value) {
        let answer = self.ask("GET", "invocation/next", "").await;
        let id = answer
            .lines()
            .find_map(|l| l.strip_prefix("lambda-runtime-aws-request-id: "))
            .expect("an event")
            .to_owned();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (id, serde_json::from_str(body).unwrap())
    }

    async fn post(&self, path: &str, body: &Value) {
        let answer = self.ask("POST", path, &body.to_string()).await;
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let parsed: Value = serde_json::from_str(body).unwrap_or_default();
        let error_type = parsed["errorType"].as_str().unwrap_or_default();
        let request = format!(
            "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nLambda-Runtime-Function-Error-Type: {error_type}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // A refusal may come, and the connection close, before the whole body is sent.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }
}

/// The interface an environment was started with.
pub fn interface(wanted: &StartEnvironment) -> Option<String> {
    match &wanted.network {
        Network::Internet => None,
        Network::Interface(interface) => Some(interface.interface.to_string()),
    }
}
