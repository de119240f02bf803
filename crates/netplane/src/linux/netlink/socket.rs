//! A synchronous netlink socket. The kernel works on a request while it is being sent, so when `send` returns
//! every answer to a change is already waiting.
//!
//! A socket belongs to the network namespace it was opened in, and may then be used from any thread.

use std::io;
use std::os::fd::AsFd;

use netlink_sys::Socket;
use netlink_sys::protocols::{NETLINK_NETFILTER, NETLINK_ROUTE};
use nix::sys::socket::{MsgFlags, setsockopt, sockopt};

use super::encode::Message;
use super::parse::{Attributes, Replies, Reply, text, u32_at};

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_MULTI: u16 = 0x2;
const NLM_F_CAPPED: u16 = 0x100;
const NLM_F_ACK_TLVS: u16 = 0x200;
const NLMSGERR_ATTR_MSG: u16 = 1;
const RECEIVE_BYTES: usize = 1 << 16;
/// What we ask for; the kernel doubles it. It is below the usual `net.core.wmem_max`, which caps who is not root on the
/// machine, so that batches are split in the same way everywhere.
const BUFFER_BYTES: usize = 200 << 10;
/// How many acknowledgements may wait for us: each takes up to a kilobyte of the receive buffer.
const MESSAGES_IN_FLIGHT: u32 = 128;

/// The kernel refused a request, or could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum NetlinkError {
    /// The kernel's answer, with its own explanation when it gave one.
    #[error("kernel refused to {step}: {source}{}", detail(.text))]
    Refused {
        /// What was being done.
        step: String,
        /// The kernel's extended error text, or nothing.
        text: String,
        /// The error number.
        source: io::Error,
    },
    /// The socket failed.
    #[error("netlink socket failed to {step}")]
    Socket {
        /// What was being done.
        step: &'static str,
        /// Why.
        source: io::Error,
    },
}

fn detail(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

impl NetlinkError {
    /// The error number when the kernel refused.
    pub fn errno(&self) -> Option<i32> {
        match self {
            NetlinkError::Refused { source, .. } | NetlinkError::Socket { source, .. } => {
                source.raw_os_error()
            }
        }
    }

    /// True when the thing to be removed or read is not there.
    pub fn is_absent(&self) -> bool {
        use nix::errno::Errno;
        let gone = [Errno::ENOENT, Errno::ESRCH, Errno::ENODEV, Errno::ENXIO, Errno::EADDRNOTAVAIL];
        self.errno().is_some_and(|e| gone.iter().any(|g| *g as i32 == e))
    }
}

/// A netlink socket in one network namespace.
pub struct NetlinkSocket {
    socket: Socket,
    sequence: u32,
    send_capacity: usize,
}

impl NetlinkSocket {
    /// Opens an rtnetlink socket in the calling thread's network namespace.
    pub fn route() -> Result<NetlinkSocket, NetlinkError> {
        NetlinkSocket::open(NETLINK_ROUTE)
    }

    /// Opens a netfilter socket in the calling thread's network namespace.
    pub fn netfilter() -> Result<NetlinkSocket, NetlinkError> {
        NetlinkSocket::open(NETLINK_NETFILTER)
    }

    fn open(protocol: isize) -> Result<NetlinkSocket, NetlinkError> {
        let failed = |step| move |source| NetlinkError::Socket { step, source };
        let mut socket = Socket::new(protocol).map_err(failed("open"))?;
        socket.bind_auto().map_err(failed("bind"))?;
        socket.set_cap_ack(true).map_err(failed("set options"))?;
        socket.set_ext_ack(true).map_err(failed("set options"))?;
        let fd = socket.as_fd();
        setsockopt(&fd, sockopt::SndBuf, &BUFFER_BYTES).map_err(|e| failed("size buffers")(e.into()))?;
        setsockopt(&fd, sockopt::RcvBuf, &BUFFER_BYTES).map_err(|e| failed("size buffers")(e.into()))?;
        let granted = nix::sys::socket::getsockopt(&fd, sockopt::SndBuf).unwrap_or(1 << 17);
        Ok(NetlinkSocket { socket, sequence: 1, send_capacity: granted.saturating_sub(4096) })
    }

    /// How many bytes one send may carry (twice `net.core.wmem_max` at most, when rootless).
    pub fn send_capacity(&self) -> usize {
        self.send_capacity
    }

    /// The raw socket, for readers that wait on it.
    pub fn raw(&self) -> &Socket {
        &self.socket
    }

    /// Sends one request and waits for its acknowledgement.
    pub fn request(&mut self, step: &str, message: Message) -> Result<(), NetlinkError> {
        self.requests(&[step], vec![message])
    }

    /// Sends requests in one datagram; each is applied on its own. Answers with the first refusal.
    pub fn requests(&mut self, steps: &[&str], messages: Vec<Message>) -> Result<(), NetlinkError> {
        let mut result = Ok(());
        for (index, outcome) in self.requests_each(messages)?.into_iter().enumerate() {
            if let (Err((text, source)), Ok(())) = (outcome, &result) {
                let step = steps.get(index).or(steps.last()).copied().unwrap_or("apply").to_string();
                result = Err(NetlinkError::Refused { step, text, source });
            }
        }
        result
    }

    /// Sends requests together and answers with the outcome of each.
    pub fn requests_each(&mut self, messages: Vec<Message>) -> Result<Vec<Outcome>, NetlinkError> {
        let count = messages.len();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(count);
        let mut pending = messages.into_iter().peekable();
        while pending.peek().is_some() {
            let first = self.sequence;
            let mut bytes = Vec::new();
            let mut sent = 0u32;
            let fits = |bytes: &Vec<u8>, m: &Message| bytes.len() + m.size() < self.send_capacity;
            while let Some(message) = pending.next_if(|m| sent < MESSAGES_IN_FLIGHT && fits(&bytes, m)) {
                bytes.extend(message.finish(first.wrapping_add(sent)));
                sent += 1;
            }
            if sent == 0 {
                let source = io::Error::from(io::ErrorKind::InvalidInput);
                return Err(NetlinkError::Socket { step: "fit a message", source });
            }
            self.sequence = first.wrapping_add(sent);
            self.transmit(&bytes)?;
            outcomes.extend(self.collect_acks(first, sent)?);
        }
        Ok(outcomes)
    }

    fn collect_acks(&mut self, first: u32, count: u32) -> Result<Vec<Outcome>, NetlinkError> {
        let mut outcomes: Vec<Option<Outcome>> = (0..count).map(|_| None).collect();
        let mut missing = count;
        while missing > 0 {
            let buffer = self.receive(0)?;
            for reply in Replies(&buffer).filter(|r| r.kind == NLMSG_ERROR) {
                let index = reply.sequence.wrapping_sub(first) as usize;
                if let Some(slot) = outcomes.get_mut(index).filter(|slot| slot.is_none()) {
                    *slot = Some(outcome(&reply));
                    missing -= 1;
                }
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// Sends bytes that are a whole batch already and reads the refusals the kernel left, if any.
    /// The result is every (sequence number, text, error).
    pub fn exchange_batch(&mut self, bytes: &[u8]) -> Result<Vec<(u32, String, io::Error)>, NetlinkError> {
        self.drain()?;
        self.transmit(bytes)?;
        let mut refusals = Vec::new();
        while let Some(buffer) = self.receive_waiting()? {
            for reply in Replies(&buffer).filter(|r| r.kind == NLMSG_ERROR) {
                if let Err((text, error)) = outcome(&reply) {
                    refusals.push((reply.sequence, text, error));
                }
            }
        }
        Ok(refusals)
    }

    /// Asks for a list and feeds every element to `each`.
    pub fn dump(
        &mut self,
        step: &str,
        message: Message,
        mut each: impl FnMut(&Reply<'_>),
    ) -> Result<(), NetlinkError> {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        self.transmit(&message.finish(sequence))?;
        loop {
            let buffer = self.receive(0)?;
            for reply in Replies(&buffer).filter(|r| r.sequence == sequence) {
                match reply.kind {
                    NLMSG_DONE => return Ok(()),
                    NLMSG_ERROR => {
                        return outcome(&reply).map_err(|(text, source)| NetlinkError::Refused {
                            step: step.to_string(),
                            text,
                            source,
                        });
                    }
                    _ => each(&reply),
                }
                if reply.flags & NLM_F_MULTI == 0 {
                    return Ok(());
                }
            }
        }
    }

    fn drain(&mut self) -> Result<(), NetlinkError> {
        while self.receive_waiting()?.is_some() {}
        Ok(())
    }

    fn transmit(&self, bytes: &[u8]) -> Result<(), NetlinkError> {
        let sent = self.socket.send(bytes, 0);
        sent.map(|_| ()).map_err(|source| NetlinkError::Socket { step: "send", source })
    }

    fn receive_waiting(&self) -> Result<Option<Vec<u8>>, NetlinkError> {
        match self.receive(MsgFlags::MSG_DONTWAIT.bits()) {
            Err(NetlinkError::Socket { source, .. }) if source.kind() == io::ErrorKind::WouldBlock => {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn receive(&self, flags: i32) -> Result<Vec<u8>, NetlinkError> {
        let mut buffer = Vec::with_capacity(RECEIVE_BYTES);
        loop {
            match self.socket.recv(&mut buffer, flags) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => {
                    return other
                        .map(|_| buffer)
                        .map_err(|source| NetlinkError::Socket { step: "receive", source });
                }
            }
        }
    }
}

/// What the kernel said to one request: done, or (its text, the error).
pub type Outcome = Result<(), (String, io::Error)>;

fn outcome(reply: &Reply<'_>) -> Outcome {
    let code = u32_at(reply.body, 0).map_or(0, |c| c as i32);
    if code == 0 {
        return Ok(());
    }
    Err((explanation(reply), io::Error::from_raw_os_error(-code)))
}

/// The extended error text follows the error number and the copy of the request's header, or of all of the request.
fn explanation(reply: &Reply<'_>) -> String {
    if reply.flags & NLM_F_ACK_TLVS == 0 {
        return String::new();
    }
    let request =
        if reply.flags & NLM_F_CAPPED != 0 { 16 } else { u32_at(reply.body, 4).unwrap_or(16) as usize };
    let attributes = reply.body.get(4 + request.next_multiple_of(4)..).unwrap_or_default();
    Attributes(attributes).find(NLMSGERR_ATTR_MSG).map(text).unwrap_or_default()
}
