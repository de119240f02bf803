//! Parameter mapping: what an integration changes of a request before it is handed on, and of the
//! answer before it is returned.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html>

use crate::state::Texts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Append,
    Overwrite,
    Remove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    Header(&'a str),
    Query(&'a str),
    Path,
    StatusCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    Form,
    /// The header belongs to API Gateway.
    Reserved,
}

const RESERVED: [&str; 19] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "via",
    "host",
];
const RESERVED_PREFIXES: [&str; 4] = ["access-control-", "apigw-", "x-amz-", "x-amzn-"];

/// Which of the two a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Request,
    Response,
}

/// Reads a key such as `append:header.x`.
pub fn key(text: &str, side: Side) -> Result<(How, Place<'_>), KeyError> {
    let (how, place) = text.split_once(':').ok_or(KeyError::Form)?;
    let how = match how {
        "append" => How::Append,
        "overwrite" => How::Overwrite,
        "remove" => How::Remove,
        _ => return Err(KeyError::Form),
    };
    let place = match (place, side) {
        ("path", Side::Request) if how == How::Overwrite => Place::Path,
        ("statuscode", Side::Response) if how == How::Overwrite => Place::StatusCode,
        _ => named(place, side)?,
    };
    match place {
        Place::Header(name) if is_reserved(name) => Err(KeyError::Reserved),
        place => Ok((how, place)),
    }
}

fn named(place: &str, side: Side) -> Result<Place<'_>, KeyError> {
    let place = match place.split_once('.') {
        Some(("header", name)) if is_token(name) => Place::Header(name),
        Some(("querystring", name)) if side == Side::Request && !name.is_empty() => Place::Query(name),
        _ => return Err(KeyError::Form),
    };
    Ok(place)
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED.contains(&name.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Where the values of a mapping come from: `request.header.x`, `context.requestId`…; nothing where there
/// is no such thing.
pub type Values<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A mapping's value: one expression `$request.header.x`, or a text with `${request.header.x}` in it.
pub fn rendered(text: &str, values: Values<'_>) -> String {
    if let Some(expression) = text.strip_prefix('$').filter(|rest| !rest.starts_with('{')) {
        return values(expression).unwrap_or_default();
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((expression, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(&values(expression).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Headers or a query: names and values in order.
pub type Pairs = Vec<(String, String)>;

/// Does one change to headers, whose names have no case, or to a query, whose names have.
pub fn change(pairs: &mut Pairs, how: How, name: &str, value: String, has_case: bool) {
    let same = |known: &str| if has_case { known == name } else { known.eq_ignore_ascii_case(name) };
    match how {
        How::Append => pairs.push((name.to_owned(), value)),
        How::Remove => pairs.retain(|(known, _)| !same(known)),
        How::Overwrite => {
            pairs.retain(|(known, _)| !same(known));
            pairs.push((name.to_owned(), value));
        }
    }
}

/// What a mapping of a request changes.
pub struct Mapped {
    pub headers: Pairs,
    pub query: Option<Pairs>,
    pub path: Option<String>,
}

/// Applies the mapping of a request.
pub fn request(mapping: &Texts, headers: Pairs, query: &str, values: Values<'_>) -> Mapped {
    let mut mapped = Mapped { headers, query: None, path: None };
    for (text, value) in mapping {
        let Ok((how, place)) = key(text, Side::Request) else { continue };
        let value = rendered(value, values);
        match place {
            Place::Header(name) => change(&mut mapped.headers, how, name, value, false),
            Place::Query(name) => {
                let pairs = || form_urlencoded::parse(query.as_bytes()).into_owned().collect();
                change(mapped.query.get_or_insert_with(pairs), how, name, value, true);
            }
            Place::Path => mapped.path = Some(value),
            Place::StatusCode => {}
        }
    }
    mapped
}

/// Applies the mapping of an answer with this status.
pub fn response(mapping: &Texts, status: &mut u16, headers: &mut Pairs, values: Values<'_>) {
    for (text, value) in mapping {
        let Ok((how, place)) = key(text, Side::Response) else { continue };
        let value = rendered(value, values);
        match place {
            Place::Header(name) => change(headers, how, name, value, false),
            Place::StatusCode => {
                let wanted = value.parse().ok().filter(|code| (200..600).contains(code));
                *status = wanted.unwrap_or(*status);
            }
            Place::Query(_) | Place::Path => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked() {
        assert_eq!(key("append:header.x-a", Side::Request), Ok((How::Append, Place::Header("x-a"))));
        assert_eq!(key("overwrite:path", Side::Request), Ok((How::Overwrite, Place::Path)));
        assert_eq!(key("overwrite:statuscode", Side::Response), Ok((How::Overwrite, Place::StatusCode)));
        assert_eq!(key("remove:querystring.a", Side::Request), Ok((How::Remove, Place::Query("a"))));
        for text in [
            "append:path",
            "set:header.x",
            "header.x",
            "append:header.",
            "append:body.x",
            "append:header.a b",
        ] {
            assert_eq!(key(text, Side::Request), Err(KeyError::Form), "{text}");
        }
        assert_eq!(key("remove:querystring.a", Side::Response), Err(KeyError::Form));
        for text in ["append:header.Authorization", "remove:header.x-amz-date", "overwrite:header.Via"] {
            assert_eq!(key(text, Side::Request), Err(KeyError::Reserved), "{text}");
        }
    }

    #[test]
    fn requests_and_answers_are_changed() {
        let values = |name: &str| (name == "request.header.who").then(|| "me".to_owned());
        let mapping = [
            ("append:header.x", "$request.header.who"),
            ("overwrite:header.Y", "to ${request.header.who}${request.header.none}!"),
            ("remove:header.who", "''"),
            ("overwrite:querystring.a", "3"),
            ("overwrite:path", "/v2"),
        ];
        let mapping = mapping.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let headers = [("Who", "me"), ("x", "1"), ("y", "2")];
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mapped = request(&mapping, headers, "a=1&a=2&b=4", &values);
        let shown = format!("{:?} {:?} {:?}", mapped.headers, mapped.query, mapped.path);
        expect_test::expect![[
            r#"[("x", "1"), ("x", "me"), ("Y", "to me!")] Some([("b", "4"), ("a", "3")]) Some("/v2")"#
        ]]
        .assert_eq(&shown);
        let (mut status, mut headers) = (500, Vec::new());
        let mapping = [("overwrite:statuscode".to_owned(), "403".to_owned())].into();
        response(&mapping, &mut status, &mut headers, &values);
        assert_eq!(status, 403);
    }
}
