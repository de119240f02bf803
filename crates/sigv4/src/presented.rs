//! What a request claims about itself, before anything is checked.

use crate::amz_date::{parse_amz_date, parse_date_header};
use crate::error::{Missing, hashed};
use crate::{ALGORITHM, Error, Request, TERMINATOR};
use base::Timestamp;
use std::fmt;

/// The day, region and service that a signature is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialScope {
    /// `20150830`.
    pub date: String,
    pub region: String,
    /// The service's signing name, `secretsmanager`.
    pub service: String,
}

impl CredentialScope {
    pub fn new(date: impl Into<String>, region: impl Into<String>, service: impl Into<String>) -> Self {
        Self { date: date.into(), region: region.into(), service: service.into() }
    }
}

impl fmt::Display for CredentialScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{TERMINATOR}", self.date, self.region, self.service)
    }
}

/// Where the signature was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Header,
    /// A presigned URL and the seconds it lives.
    Query {
        expires_secs: i64,
    },
}

/// An access key id and a signature, read but not yet believed.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    pub access_key_id: String,
    pub scope: CredentialScope,
    /// Lower case, sorted.
    pub signed_headers: Vec<String>,
    pub signature: String,
    pub time: Timestamp,
    pub form: Form,
    pub session_token: Option<String>,
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope.to_string())
            .field("signed_headers", &self.signed_headers)
            .field("time", &self.time)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl Presented {
    /// Reads the `Authorization` header or the presigned query parameters.
    ///
    /// # Errors
    /// [`Error::MissingAuthenticationToken`] when there is neither; the other errors when
    /// there is one that is incomplete, doubled, or of an unknown algorithm.
    pub fn read(request: &Request<'_>) -> Result<Self, Error> {
        let mut authorizations = request.header_values("authorization");
        let header = authorizations.next();
        let in_query = ["X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Credential"]
            .iter()
            .any(|name| request.query_value(name).is_some());
        match (header, in_query) {
            (Some(_), _) if authorizations.next().is_some() => Err(Error::TwoMechanisms),
            (Some(_), true) => Err(Error::TwoMechanisms),
            (Some(value), false) => from_header(request, value.trim()),
            (None, true) => from_query(request),
            (None, false) => Err(Error::MissingAuthenticationToken),
        }
    }
}

fn from_header(request: &Request<'_>, authorization: &str) -> Result<Presented, Error> {
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if algorithm.starts_with("AWS4-") && algorithm != ALGORITHM {
        return Err(Error::Algorithm(algorithm.to_owned()));
    }
    if algorithm != ALGORITHM {
        return Err(Error::NotAPair(hashed(authorization)));
    }
    let mut parts = AuthorizationParts::default();
    for pair in rest.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| Error::NotAPair(hashed(authorization)))?;
        parts.set(key.trim(), value.trim());
    }
    let time = header_time(request);
    let missing = parts.missing(time.is_none());
    if !missing.is_empty() {
        return Err(Error::IncompleteHeader { missing, authorization: hashed(authorization) });
    }
    let (access_key_id, scope) = credential(parts.credential.unwrap_or_default())?;
    Ok(Presented {
        access_key_id,
        scope,
        signed_headers: signed_headers(parts.signed_headers.unwrap_or_default())?,
        signature: parts.signature.unwrap_or_default().to_owned(),
        time: time.unwrap_or_default(),
        form: Form::Header,
        session_token: request.header("x-amz-security-token").map(str::to_owned),
    })
}

#[derive(Default)]
struct AuthorizationParts<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> AuthorizationParts<'a> {
    fn set(&mut self, key: &str, value: &'a str) {
        match key {
            "Credential" => self.credential = Some(value),
            "SignedHeaders" => self.signed_headers = Some(value),
            "Signature" => self.signature = Some(value),
            _ => {}
        }
    }

    fn missing(&self, no_time: bool) -> Vec<Missing> {
        let absent = |part: Option<&str>| part.is_none_or(str::is_empty);
        [
            (absent(self.credential), Missing::Credential),
            (absent(self.signature), Missing::Signature),
            (absent(self.signed_headers), Missing::SignedHeaders),
            (no_time, Missing::Date),
        ]
        .into_iter()
        .filter_map(|(is_missing, what)| is_missing.then_some(what))
        .collect()
    }
}

fn header_time(request: &Request<'_>) -> Option<Timestamp> {
    match request.header("x-amz-date") {
        Some(text) => parse_amz_date(text),
        None => request.header("date").and_then(parse_date_header),
    }
}

fn from_query(request: &Request<'_>) -> Result<Presented, Error> {
    let algorithm = parameter(request, "X-Amz-Algorithm")?;
    if algorithm != ALGORITHM {
        return Err(Error::Algorithm(algorithm));
    }
    let given = parameter(request, "X-Amz-Credential")?;
    let signature = parameter(request, "X-Amz-Signature")?;
    let date = parameter(request, "X-Amz-Date")?;
    let headers = parameter(request, "X-Amz-SignedHeaders")?;
    let time = parse_amz_date(&date).ok_or(Error::IncompleteQuery("X-Amz-Date"))?;
    let (access_key_id, scope) = credential(&given)?;
    Ok(Presented {
        access_key_id,
        scope,
        signed_headers: signed_headers(&headers)?,
        signature,
        time,
        form: Form::Query { expires_secs: expires(request)? },
        session_token: request.query_value("X-Amz-Security-Token"),
    })
}

fn parameter(request: &Request<'_>, name: &'static str) -> Result<String, Error> {
    request.query_value(name).filter(|value| !value.is_empty()).ok_or(Error::IncompleteQuery(name))
}

/// Query services sign URLs without a life time; those live as long as a header signature.
fn expires(request: &Request<'_>) -> Result<i64, Error> {
    let Some(text) = request.query_value("X-Amz-Expires") else { return Ok(crate::MAX_SKEW_MS / 1000) };
    match text.parse::<i64>() {
        Ok(secs) if (0..=crate::MAX_EXPIRES_SECS).contains(&secs) => Ok(secs),
        _ => Err(Error::Expires(text)),
    }
}

fn credential(text: &str) -> Result<(String, CredentialScope), Error> {
    let parts: Vec<&str> = text.split('/').collect();
    let [key, date, region, service, terminator] = parts.as_slice() else {
        return Err(Error::Credential(text.to_owned()));
    };
    if [key, date, region, service].iter().any(|part| part.is_empty()) {
        return Err(Error::Credential(text.to_owned()));
    }
    if *terminator != TERMINATOR {
        return Err(Error::Terminator((*terminator).to_owned()));
    }
    Ok(((*key).to_owned(), CredentialScope::new(*date, *region, *service)))
}

/// The list, required to be what clients send: lower case and sorted, so that one signature
/// belongs to one list.
fn signed_headers(text: &str) -> Result<Vec<String>, Error> {
    let names: Vec<String> = text.split(';').map(str::to_owned).collect();
    let lower = names.iter().all(|name| !name.is_empty() && !name.bytes().any(|b| b.is_ascii_uppercase()));
    if !lower || !names.is_sorted() {
        return Err(Error::SignedHeaders(text.to_owned()));
    }
    Ok(names)
}

impl Presented {
    /// The date of the credential scope must be the day of the request, whose date and time these are.
    pub(crate) fn check_scope_date(&self, amz_date: &str) -> Result<(), Error> {
        match amz_date.split_once('T') {
            Some((day, _)) if day == self.scope.date => Ok(()),
            _ => Err(Error::ScopeDate { scope: self.scope.date.clone(), request: amz_date.to_owned() }),
        }
    }
}
