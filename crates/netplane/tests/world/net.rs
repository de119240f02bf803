//! Servers and clients inside network namespaces: everybody answers with a name, every client waits at once.

use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::thread::JoinHandle;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrStorage, bind, connect, getsockopt,
    recv, send, setsockopt, socket, sockopt,
};
use vpc::Payload;

/// Runs `work` inside a network namespace; `None` is the caller's own.
pub fn inside<T: Send>(netns: Option<&Path>, work: impl FnOnce() -> T + Send) -> T {
    let Some(path) = netns else { return work() };
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let file = File::open(path).expect("the namespace's file");
            setns(&file, CloneFlags::CLONE_NEWNET).expect("entering the namespace");
            work()
        });
        thread.join().expect("work inside the namespace")
    })
}

enum Service {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

/// Listeners that answer with a name.
#[derive(Default)]
pub struct Servers {
    services: Vec<(Service, String)>,
}

impl Servers {
    /// Listens in a namespace at these addresses and ports, TCP and UDP.
    pub fn add(&mut self, netns: Option<&Path>, addresses: &[IpAddr], ports: &[u16], name: &str) {
        let bound = inside(netns, || {
            let mut bound = Vec::new();
            for address in addresses {
                for port in ports {
                    let at = SocketAddr::from((*address, *port));
                    bound.push(Service::Tcp(TcpListener::bind(at).expect("a TCP listener")));
                    bound.push(Service::Udp(UdpSocket::bind(at).expect("a UDP socket")));
                }
            }
            bound
        });
        self.services.extend(bound.into_iter().map(|service| (service, name.to_string())));
    }

    /// Serves until the answer is dropped.
    pub fn serve(self) -> Serving {
        let (stopped, stop) = std::io::pipe().expect("a pipe");
        let thread = std::thread::spawn(move || self.answer_until(stopped));
        Serving { stop: Some(stop), thread: Some(thread) }
    }

    fn answer_until(self, stopped: PipeReader) {
        loop {
            let mut waits: Vec<PollFd> = vec![PollFd::new(stopped.as_fd(), PollFlags::POLLIN)];
            waits.extend(self.services.iter().map(|(service, _)| match service {
                Service::Tcp(listener) => PollFd::new(listener.as_fd(), PollFlags::POLLIN),
                Service::Udp(socket) => PollFd::new(socket.as_fd(), PollFlags::POLLIN),
            }));
            poll(&mut waits, PollTimeout::NONE).expect("poll");
            let ready: Vec<bool> = waits.iter().map(|wait| wait.any().unwrap_or(true)).collect();
            if ready[0] {
                return;
            }
            for ((service, name), _) in self.services.iter().zip(&ready[1..]).filter(|(_, ready)| **ready) {
                answer(service, name);
            }
        }
    }
}

fn answer(service: &Service, name: &str) {
    match service {
        Service::Tcp(listener) => {
            if let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.write_all(name.as_bytes());
            }
        }
        Service::Udp(socket) => {
            if let Ok((_, from)) = socket.recv_from(&mut [0; 64]) {
                let _ = socket.send_to(name.as_bytes(), from);
            }
        }
    }
}

/// Servers at work.
pub struct Serving {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What came back to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The name of who answered.
    From(String),
    /// An echo reply.
    Echo,
    /// A refusal, or the sender's own kernel saying that there is no way.
    Error(nix::errno::Errno),
}

/// One client waiting for an answer.
pub struct Client {
    fd: Option<OwnedFd>,
    payload: Payload,
    /// Its source port; for an echo request the identifier.
    pub port: u16,
    /// What came back so far.
    pub answer: Option<Answer>,
}

impl Client {
    /// Sends the first packet from inside a namespace. A `source` that is not there is claimed anyway.
    pub fn start(
        netns: Option<&Path>,
        source: impl Into<IpAddr>,
        to: impl Into<IpAddr>,
        payload: Payload,
        port: u16,
    ) -> Client {
        let (source, to) = (source.into(), to.into());
        match inside(netns, || open(source, to, payload, port)) {
            Ok(fd) => Client { fd: Some(fd), payload, port, answer: None },
            Err(e) => Client { fd: None, payload, port, answer: Some(Answer::Error(e)) },
        }
    }

    fn look(&mut self) {
        let Some(fd) = &self.fd else { return };
        let error = getsockopt(fd, sockopt::SocketError).unwrap_or(0);
        if error != 0 {
            self.answer = Some(Answer::Error(nix::errno::Errno::from_raw(error)));
            return;
        }
        let mut buffer = [0; 256];
        if let Ok(len) = recv(fd.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT)
            && len > 0
        {
            self.answer = self.understand(&buffer[..len]);
        }
    }

    fn understand(&self, bytes: &[u8]) -> Option<Answer> {
        match self.payload {
            Payload::Icmp { .. } => {
                let reply = &bytes[usize::from(bytes[0] & 0xf) * 4..];
                (reply[0] == 0 && reply[4..6] == self.port.to_be_bytes()).then_some(Answer::Echo)
            }
            Payload::Icmpv6 { .. } => {
                (bytes[0] == 129 && bytes[4..6] == self.port.to_be_bytes()).then_some(Answer::Echo)
            }
            _ => Some(Answer::From(String::from_utf8_lossy(bytes).into_owned())),
        }
    }
}

/// Waits until every client has an answer, or `settled` says of it that none will come, or the time is over.
pub fn wait(clients: &mut [Client], timeout: std::time::Duration, mut settled: impl FnMut(&Client) -> bool) {
    let end = std::time::Instant::now() + timeout;
    loop {
        clients.iter_mut().filter(|c| c.answer.is_none()).for_each(Client::look);
        let open: Vec<&Client> = clients.iter().filter(|c| c.answer.is_none()).collect();
        if open.is_empty() || std::time::Instant::now() >= end || open.iter().all(|c| settled(c)) {
            return;
        }
        let mut waits: Vec<PollFd> = open
            .iter()
            .filter_map(|c| c.fd.as_ref())
            .map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN))
            .collect();
        poll(&mut waits, PollTimeout::from(5u8)).expect("poll");
    }
}

fn open(source: IpAddr, to: IpAddr, payload: Payload, port: u16) -> nix::Result<OwnedFd> {
    let (kind, protocol) = match payload {
        Payload::Tcp { .. } => (SockType::Stream, None),
        Payload::Udp { .. } => (SockType::Datagram, None),
        Payload::Icmpv6 { .. } => (SockType::Raw, Some(SockProtocol::IcmpV6)),
        _ => (SockType::Raw, Some(SockProtocol::Icmp)),
    };
    let family = if to.is_ipv6() { AddressFamily::Inet6 } else { AddressFamily::Inet };
    let fd = socket(family, kind, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, protocol)?;
    match to {
        IpAddr::V4(_) => setsockopt(&fd, sockopt::IpTransparent, &true)?,
        IpAddr::V6(_) => std::fs::write("/proc/sys/net/ipv6/ip_nonlocal_bind", "1").expect("a switch"),
    }
    let local_port = if kind == SockType::Raw { 0 } else { port };
    bind(fd.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(source, local_port)))?;
    let remote = SockaddrStorage::from(SocketAddr::new(to, payload.destination_port().unwrap_or(0)));
    match connect(fd.as_raw_fd(), &remote) {
        Ok(()) | Err(nix::errno::Errno::EINPROGRESS) => {}
        Err(e) => return Err(e),
    }
    match payload {
        Payload::Tcp { .. } => {}
        Payload::Icmp { kind, code } | Payload::Icmpv6 { kind, code } => {
            send(fd.as_raw_fd(), &echo(kind, code, port), MsgFlags::empty())?;
        }
        _ => {
            send(fd.as_raw_fd(), b"who is there?", MsgFlags::empty())?;
        }
    }
    Ok(fd)
}

fn echo(kind: u8, code: u8, id: u16) -> Vec<u8> {
    let mut packet = vec![kind, code, 0, 0];
    packet.extend_from_slice(&id.to_be_bytes());
    packet.extend_from_slice(&[0, 1]);
    let sum: u32 = packet.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let checksum = !u16::try_from(folded & 0xffff).unwrap_or(0);
    packet[2..4].copy_from_slice(&checksum.to_be_bytes());
    packet
}

/// Reads what a command prints inside a namespace.
pub fn output_in(netns: &Path, command: &[&str]) -> String {
    let output = std::process::Command::new("nsenter")
        .arg(format!("--net={}", netns.display()))
        .args(command)
        .output()
        .expect("`nsenter` of util-linux");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut text = String::new();
    output.stdout.as_slice().read_to_string(&mut text).expect("text");
    text
}
