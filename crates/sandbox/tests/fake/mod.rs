//! A runtime API as small as can be: it has a list of events, and writes down what is posted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const ADDRESS: &str = "127.0.0.1:9001";

/// An event with the headers it comes with.
#[derive(Clone, Default)]
pub struct Event {
    pub body: String,
    pub headers: Vec<(String, String)>,
}

/// What a runtime asked for or posted.
#[derive(Debug)]
pub struct Request {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// The API of one environment, on the port that runtimes expect. It ends when it is dropped.
pub struct RuntimeApi {
    events: Sender<Event>,
    posts: Receiver<Request>,
    asked: Receiver<()>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl RuntimeApi {
    /// Serves from now on.
    pub fn serve() -> RuntimeApi {
        let listener = TcpListener::bind(ADDRESS).unwrap();
        let (events, incoming) = mpsc::channel();
        let (posted, posts) = mpsc::channel();
        let (asking, asked) = mpsc::channel();
        let incoming = Arc::new(Mutex::new(incoming));
        let ended = Arc::new(AtomicBool::new(false));
        let ending = ended.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ending.load(Ordering::SeqCst) {
                    return;
                }
                let (incoming, posted, asking) = (incoming.clone(), posted.clone(), asking.clone());
                std::thread::spawn(move || converse(stream.unwrap(), &incoming, &posted, &asking));
            }
        });
        RuntimeApi { events, posts, asked, ended, thread: Some(thread) }
    }

    /// Waits until an environment asks for an event.
    pub fn wait_for_next(&self) {
        self.asked.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    /// Waits until the environment has asked for another event, or has ended: then for how it has.
    pub fn asks_or<T>(&self, mut ended: impl FnMut() -> Option<T>) -> Option<T> {
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while std::time::Instant::now() < deadline {
            if let Some(end) = ended() {
                return Some(end);
            }
            if self.asked.try_recv().is_ok() {
                return None;
            }
        }
        panic!("it neither asks nor ends")
    }

    /// What has been posted, if something has.
    pub fn posted(&self) -> Option<Request> {
        self.posts.try_recv().ok()
    }

    /// Gives an event to the environment that has asked, and waits for what it makes of it.
    pub fn invoke(&self, event: Event) -> Request {
        self.wait_for_next();
        self.events.send(event).unwrap();
        self.post()
    }

    /// As `invoke`, for an environment that may fail before it asks: then what it posts is answered instead.
    pub fn invoke_or_fail(&self, event: Event) -> Option<Request> {
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while std::time::Instant::now() < deadline {
            if let Ok(post) = self.posts.try_recv() {
                return Some(post);
            }
            if self.asked.try_recv().is_ok() {
                self.give(event);
                return Some(self.post());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    /// Gives an event to the environment that has asked.
    pub fn give(&self, event: Event) {
        self.events.send(event).unwrap();
    }

    /// Waits for something to be posted.
    pub fn post(&self) -> Request {
        self.posts.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // So that the thread looks.
        TcpStream::connect(ADDRESS).unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

type Events = Mutex<Receiver<Event>>;

fn converse(stream: TcpStream, events: &Events, posted: &Sender<Request>, asking: &Sender<()>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(request) = read(&mut reader) {
        if request.path.ends_with("/next") {
            asking.send(()).ok();
            let Some(event) = next(events, &stream) else { return };
            let mut head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", event.body.len());
            for (name, value) in &event.headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            stream.write_all(format!("{head}\r\n{}", event.body).as_bytes()).ok();
        } else {
            let answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}";
            stream.write_all(answer.as_bytes()).ok();
            posted.send(request).ok();
        }
    }
}

/// The next event, unless the environment that asked is gone: then the event is not its any more.
fn next(events: &Events, stream: &TcpStream) -> Option<Event> {
    loop {
        if let Ok(event) = events.lock().unwrap().try_recv() {
            return Some(event);
        }
        stream.set_nonblocking(true).unwrap();
        let gone = matches!(stream.peek(&mut [0]), Ok(0));
        stream.set_nonblocking(false).unwrap();
        if gone {
            return None;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let body = if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
        chunks(reader)?
    } else {
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        exactly(reader, length)?
    };
    Some(Request { path, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn chunks(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let chunk = exactly(reader, usize::from_str_radix(line.trim(), 16).ok()?)?;
        reader.read_line(&mut String::new()).ok()?;
        if chunk.is_empty() {
            return Some(body);
        }
        body.extend(chunk);
    }
}

fn exactly(reader: &mut BufReader<TcpStream>, length: usize) -> Option<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}
