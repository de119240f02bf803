//! Function URLs: an address of its own for a function, answered without any other service.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>

mod answer;
mod cors;
mod event;
mod reply;
mod stream;

pub use answer::UrlCall;
