//! The front: the process the user started. It stays on the host, waits for the daemon, passes signals on to it,
//! and opens sockets for it on the host's network, which the daemon itself has left.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Mutex;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::SignalFd;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg,
};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::{Error, Named};
use crate::sys;

/// The kinds of socket that can be had from the host's network; what is asked for and answered is one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum OutsideSocket {
    /// A TCP socket over IPv4.
    Tcp4 = 1,
    /// A UDP socket over IPv4.
    Udp4 = 2,
    /// A TCP socket over IPv6.
    Tcp6 = 3,
    /// A UDP socket over IPv6.
    Udp6 = 4,
}

/// Opens sockets on the host's network. A socket belongs for good to the network it was opened on, so the daemon
/// can connect it from inside the world.
#[derive(Debug)]
pub struct Outside(Mutex<OwnedFd>);

impl Outside {
    /// A TCP socket over IPv4 that is neither bound nor connected.
    ///
    /// Errors: the front is gone, or the host has no descriptors left.
    pub fn tcp4(&self) -> io::Result<OwnedFd> {
        self.open(OutsideSocket::Tcp4)
    }

    /// A socket of `kind` that is neither bound nor connected.
    ///
    /// Errors: the front is gone, or the host has no descriptors left.
    pub fn open(&self, kind: OutsideSocket) -> io::Result<OwnedFd> {
        let channel = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        nix::unistd::write(&*channel, &[kind as u8])?;
        let mut answer = [0_u8];
        let mut iov = [io::IoSliceMut::new(&mut answer)];
        let mut space = nix::cmsg_space!(std::os::fd::RawFd);
        let fd = channel.as_raw_fd();
        let message = recvmsg::<()>(fd, &mut iov, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
        for control in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(fds) = control {
                return fds.first().copied().map(sys::own).ok_or_else(refused);
            }
        }
        Err(refused())
    }
}

fn refused() -> io::Error {
    io::Error::other("the front opened no socket")
}

/// The two ends of the line between front and daemon.
pub(super) fn channel() -> Result<(OwnedFd, OwnedFd), Error> {
    let (family, kind) = (AddressFamily::Unix, SockType::SeqPacket);
    nix::sys::socket::socketpair(family, kind, None, SockFlag::SOCK_CLOEXEC).named("open a line to", "daemon")
}

/// What the daemon does first: it ties its life to the front's, and its terminal signals to what the front passes.
pub(super) fn arrive(channel: OwnedFd, outlive_front: bool) -> Result<Outside, Error> {
    nix::unistd::setsid().named("start a session for", "daemon")?;
    if !outlive_front {
        sys::set_death_signal(libc::SIGKILL).named("tie to the front", "daemon")?;
        let mut look = [PollFd::new(channel.as_fd(), PollFlags::empty())];
        // The front may have died before the line above: then its end of the channel is closed.
        let gone = nix::poll::poll(&mut look, PollTimeout::ZERO).named("look for", "front")?;
        if gone > 0 {
            sys::exit_now(128 + libc::SIGKILL);
        }
    }
    Ok(Outside(Mutex::new(channel)))
}

/// The front's whole life from here: until the daemon has ended.
pub(super) fn wait(daemon: i32, channel: OwnedFd) -> Result<i32, Error> {
    let daemon = Pid::from_raw(daemon);
    let passed = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGUSR1];
    let mask: SigSet = passed.into_iter().chain([Signal::SIGCHLD]).collect();
    let before = mask.thread_swap_mask(SigmaskHow::SIG_BLOCK).named("block", "signals")?;
    let signals = SignalFd::new(&mask).named("listen for", "signals")?;
    // From here on it waits. That it holds more than it needs is no reason not to.
    let _ = crate::code::give_back_code();
    let code = serve(daemon, &signals, &channel);
    before.thread_set_mask().named("restore", "signals")?;
    code.named("wait for process", daemon)
}

fn serve(daemon: Pid, signals: &SignalFd, channel: &OwnedFd) -> nix::Result<i32> {
    let mut asking = PollFlags::POLLIN;
    loop {
        // The daemon may have ended before the signals were blocked, so this is asked before each wait.
        if let Some(code) = exit_code(waitpid(daemon, Some(WaitPidFlag::WNOHANG))?) {
            return Ok(code);
        }
        let mut ready =
            [PollFd::new(signals.as_fd(), PollFlags::POLLIN), PollFd::new(channel.as_fd(), asking)];
        let count = if asking.is_empty() { 1 } else { 2 };
        match nix::poll::poll(ready.get_mut(..count).unwrap_or_default(), PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
        let [signalled, asked] = ready.map(|fd| fd.any().unwrap_or(false));
        if signalled {
            pass_on(daemon, signals)?;
        }
        if asked && answer(channel).is_err() {
            asking = PollFlags::empty();
        }
    }
}

fn pass_on(daemon: Pid, signals: &SignalFd) -> nix::Result<()> {
    let Some(info) = signals.read_signal()? else { return Ok(()) };
    match Signal::try_from(info.ssi_signo as i32)? {
        Signal::SIGCHLD => Ok(()),
        signal => nix::sys::signal::kill(daemon, signal),
    }
}

fn exit_code(status: WaitStatus) -> Option<i32> {
    match status {
        WaitStatus::Exited(_, code) => Some(code),
        WaitStatus::Signaled(_, signal, _) => Some(128 + signal as i32),
        _ => None,
    }
}

/// Answers one request with a socket, or with none when it cannot be opened; an error means nobody asks any more.
fn answer(channel: &OwnedFd) -> nix::Result<()> {
    let mut request = [0_u8];
    if nix::unistd::read(channel, &mut request)? == 0 {
        return Err(Errno::EPIPE);
    }
    let fd = channel.as_raw_fd();
    let iov = [io::IoSlice::new(&request)];
    match open_for(request[0]) {
        Some(socket) => {
            let fds = [socket.as_raw_fd()];
            sendmsg::<()>(fd, &iov, &[ControlMessage::ScmRights(&fds)], MsgFlags::MSG_NOSIGNAL, None)?
        }
        None => sendmsg::<()>(fd, &iov, &[], MsgFlags::MSG_NOSIGNAL, None)?,
    };
    Ok(())
}

fn open_for(request: u8) -> Option<OwnedFd> {
    use OutsideSocket::{Tcp4, Tcp6, Udp4, Udp6};
    let kind = [Tcp4, Udp4, Tcp6, Udp6].into_iter().find(|kind| *kind as u8 == request)?;
    let family = if matches!(kind, Tcp4 | Udp4) { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let style = if matches!(kind, Tcp4 | Tcp6) { SockType::Stream } else { SockType::Datagram };
    nix::sys::socket::socket(family, style, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, None).ok()
}
