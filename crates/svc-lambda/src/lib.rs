//! AWS Lambda: functions, who may invoke them, and the pools of environments they run in.
//! <https://docs.aws.amazon.com/lambda/latest/api/welcome.html>

pub mod api;
pub mod needs;
