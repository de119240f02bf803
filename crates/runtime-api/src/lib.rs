//! The Lambda runtime API: how the process inside an execution environment asks for events
//! and hands back results; with it the Extensions API and the Telemetry API. The socket it is served on was opened inside the environment's
//! own network namespace, so the socket is the identity: there is nothing to authenticate.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

mod answer;
mod event;
mod extension;
mod init_error;
mod invocation_error;
mod next;
mod response;
mod server;
mod session;
mod stream;
mod telemetry;

pub use event::{Event, FunctionError, Outcome};
pub use extension::{Ended, Function, Known, Lifecycle, MAX_EXTENSIONS, ShutdownReason, Surroundings};
pub use session::{Gate, InvokeError, Session};
pub use stream::{Part, Parts};
pub use telemetry::{Api, Dial, Fact, Phase, Span, Status, Telemetry};

/// The largest body a runtime may post, in bytes: AWS adds 100 bytes to 6 MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024 + 100;

/// The largest body of a streamed response.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>
pub const MAX_STREAMED_BYTES: usize = 200 * 1024 * 1024;

/// The type of the error that an answer over [`MAX_RESPONSE_BYTES`] becomes.
pub const RESPONSE_SIZE_TOO_LARGE: &str = "Function.ResponseSizeTooLarge";

/// Connections that one environment may hold open to its runtime API.
pub const MAX_CONNECTIONS: usize = 64;

/// The runtime API of one environment.
pub struct RuntimeApi;

impl RuntimeApi {
    /// Serves the API on a listener that the caller has opened, until the session is closed
    /// or its last handle is dropped. Called within a tokio runtime.
    pub fn serve(listener: std::net::TcpListener) -> std::io::Result<Session> {
        server::serve(listener, None)
    }

    /// As [`Self::serve`], and with it the Extensions API and the Telemetry API.
    pub fn serve_extensions(
        listener: std::net::TcpListener,
        surroundings: Surroundings,
    ) -> std::io::Result<Session> {
        server::serve(listener, Some(surroundings))
    }
}
