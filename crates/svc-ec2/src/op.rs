//! What every operation's file needs.

pub(crate) use crate::Ec2;
pub(crate) use crate::access::Asks;
pub(crate) use crate::api;
pub(crate) use crate::change::Change;
pub(crate) use crate::error::*;
pub(crate) use crate::filter::Facts;
pub(crate) use crate::page::Wanted;
pub(crate) use crate::quota::room;
pub(crate) use crate::read::Read;
pub(crate) use crate::state::*;
pub(crate) use crate::tags::{self, Tags};
pub(crate) use service::{Access, Authorized, Call, Handler, ServiceError};
pub(crate) use std::sync::Arc;

/// What `access` answers.
pub(crate) type Asked = Result<Vec<Access>, ServiceError>;
