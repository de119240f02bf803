//! The Lambda runtime API: how the process inside an execution environment asks for events
//! and hands back results. The socket it is served on was opened inside the environment's
//! own network namespace, so the socket is the identity: there is nothing to authenticate.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

mod answer;
mod event;
mod init_error;
mod invocation_error;
mod next;
mod response;
mod server;
mod session;
mod stream;

pub use event::{Event, FunctionError, Outcome};
pub use session::{InvokeError, Session};
pub use stream::{Part, Parts};

/// The largest body a runtime may post, in bytes: AWS adds 100 bytes to 6 MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024 + 100;

/// The largest body of a streamed response.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>
pub const MAX_STREAMED_BYTES: usize = 200 * 1024 * 1024;

/// The type of the error that an answer over [`MAX_RESPONSE_BYTES`] becomes.
pub const RESPONSE_SIZE_TOO_LARGE: &str = "Function.ResponseSizeTooLarge";

/// Connections that one environment may hold open to its runtime API.
pub const MAX_CONNECTIONS: usize = 16;

/// The runtime API of one environment.
pub struct RuntimeApi;

impl RuntimeApi {
    /// Serves the API on a listener that the caller has opened, until the session is closed
    /// or its last handle is dropped. Called within a tokio runtime.
    pub fn serve(listener: std::net::TcpListener) -> std::io::Result<Session> {
        server::serve(listener)
    }
}
