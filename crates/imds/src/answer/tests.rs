use super::*;
use crate::{Pending, Tree};
use base::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

struct Fixed {
    facts: Facts,
    now: AtomicI64,
}

impl Source for Fixed {
    fn facts(&self) -> Option<Facts> {
        Some(self.facts.clone())
    }
    fn credentials(&self) -> Pending<'_, Option<Credentials>> {
        Box::pin(async {
            let at = Timestamp(0);
            let text = str::to_owned;
            Some(Credentials {
                access_key_id: text("ASIA1"),
                secret_access_key: text("s"),
                session_token: text("t"),
                updated: at,
                expires: at,
            })
        })
    }
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }
    fn random(&self) -> String {
        "token".to_owned()
    }
}

fn source(tokens_required: bool) -> Fixed {
    let mut tree = Tree::default();
    tree.set("meta-data/instance-id", "i-1");
    let facts = Facts { enabled: true, tokens_required, hop_limit: 1, tree, role: Some("web".to_owned()) };
    Fixed { facts, now: AtomicI64::new(0) }
}

async fn ask(
    source: &Fixed,
    tokens: &Tokens,
    method: &str,
    path: &str,
    token: Option<&str>,
) -> (u16, String) {
    let asked = Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        token: token.map(str::to_owned),
        lifetime: Some("60".to_owned()),
        forwarded: false,
    };
    let reply = answer(&asked, source, tokens).await;
    (reply.status, reply.text)
}

#[tokio::test]
async fn nothing_is_said_without_a_token_that_still_holds() {
    let (source, tokens) = (source(true), Tokens::default());
    let id = "/latest/meta-data/instance-id";
    assert_eq!(ask(&source, &tokens, "GET", id, None).await.0, 401);
    assert_eq!(ask(&source, &tokens, "GET", id, Some("guessed")).await.0, 401);
    assert_eq!(ask(&source, &tokens, "PUT", "/latest/api/token", None).await, (200, "token".to_owned()));
    assert_eq!(ask(&source, &tokens, "GET", id, Some("token")).await, (200, "i-1".to_owned()));
    source.now.store(60_000, Ordering::Relaxed);
    assert_eq!(ask(&source, &tokens, "GET", id, Some("token")).await.0, 401);
}

#[tokio::test]
async fn version_one_answers_where_tokens_are_optional() {
    let (source, tokens) = (source(false), Tokens::default());
    assert_eq!(ask(&source, &tokens, "GET", "/latest/meta-data/instance-id", None).await.0, 200);
    assert_eq!(ask(&source, &tokens, "GET", "/latest/meta-data/instance-id", Some("bad")).await.0, 401);
    assert_eq!(ask(&source, &tokens, "GET", "/latest/nothing", None).await.0, 404);
    assert_eq!(ask(&source, &tokens, "POST", "/latest/meta-data/", None).await.0, 405);
}

#[tokio::test]
async fn a_forwarded_request_and_a_lifetime_without_end_get_no_token() {
    let (source, tokens) = (source(true), Tokens::default());
    let put = |lifetime: &str, forwarded| Asked {
        method: "PUT".to_owned(),
        path: "/latest/api/token".to_owned(),
        token: None,
        lifetime: Some(lifetime.to_owned()),
        forwarded,
    };
    for (lifetime, forwarded, status) in [
        ("60", true, 403),
        ("0", false, 400),
        ("21601", false, 400),
        ("x", false, 400),
        ("21600", false, 200),
    ] {
        assert_eq!(answer(&put(lifetime, forwarded), &source, &tokens).await.status, status, "{lifetime}");
    }
}

#[tokio::test]
async fn the_roles_credentials_are_under_its_name() {
    let (source, tokens) = (source(false), Tokens::default());
    let base = "/latest/meta-data/iam/security-credentials/";
    assert_eq!(ask(&source, &tokens, "GET", base, None).await, (200, "web".to_owned()));
    let (status, text) = ask(&source, &tokens, "GET", &format!("{base}web"), None).await;
    assert!(status == 200 && text.contains("\"Code\": \"Success\"") && text.contains("ASIA1"), "{text}");
    assert_eq!(ask(&source, &tokens, "GET", &format!("{base}other"), None).await.0, 404);
}
