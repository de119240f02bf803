//! An invocation whose answer can be read while the function writes it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>

use super::invocation::{Invocation, Invoked};
use crate::lambda::Lambda;
use crate::name::Named;
use runtime_api::Part;
use service::ServiceError;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Parts that may wait for a reader before the function has to.
const WAITING_PARTS: usize = 16;

/// An answer that has begun, or has already ended.
pub struct Streaming {
    /// `$LATEST` or a number.
    pub version: String,
    pub answer: Answering,
}

pub enum Answering {
    /// The function answered all at once.
    Whole(Invoked),
    /// The function writes its answer.
    Begun(Writing),
}

/// What the function writes, and how it ends.
pub struct Writing {
    pub content_type: Option<String>,
    pub parts: mpsc::Receiver<Part>,
    end: JoinHandle<Result<Invoked, ServiceError>>,
}

impl Writing {
    /// How the invocation ended, once all parts are read. Its payload is the error's, if it was one.
    pub async fn end(self) -> Result<Invoked, ServiceError> {
        drop(self.parts);
        self.end.await.map_err(ServiceError::internal)?
    }
}

impl Lambda {
    /// Returns when the function begins to answer. What is refused is refused before.
    pub(crate) async fn invoke_streaming(
        &self,
        named: &Named,
        invocation: Invocation,
    ) -> Result<Streaming, ServiceError> {
        let function = self.route(named)?;
        let version = function.version_name();
        let (sender, mut parts) = mpsc::channel(WAITING_PARTS);
        let (lambda, invocation) = (self.clone(), Invocation { parts: Some(sender), ..invocation });
        let end =
            tokio::spawn(async move { lambda.run_invocation(&Arc::clone(&function), invocation).await });
        // Nobody writes any more once the invocation has ended.
        let answer = match parts.recv().await {
            Some(Part::Head { content_type }) => Answering::Begun(Writing { content_type, parts, end }),
            Some(Part::Data(_)) | None => Answering::Whole(end.await.map_err(ServiceError::internal)??),
        };
        Ok(Streaming { version, answer })
    }
}
