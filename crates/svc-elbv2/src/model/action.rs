//! Actions of rules, as the API takes and gives them.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html>

use crate::invalid::validation;
use crate::state::{Action, Stickiness, What};
use crate::{TARGET_GROUPS_PER_ACTION_MAX, api};
use service::ServiceError;

const WEIGHT_MAX: i32 = 999;
/// Seven days.
const STICKY_SECONDS_MAX: i32 = 604_800;
const CONTENT_TYPES: [&str; 5] =
    ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];

/// Reads the one action that a rule of moat's has; AWS lets another authenticate first.
pub fn read(given: Option<Vec<api::Action>>) -> Result<Action, ServiceError> {
    let given = given.unwrap_or_default();
    let before = given
        .iter()
        .find(|a| matches!(kind(a), "authenticate-oidc" | "authenticate-cognito" | "jwt-validation"));
    if let Some(action) = before {
        return Err(ServiceError::not_implemented(&format!("An action of type {}", kind(action))));
    }
    let mut given = given.into_iter();
    let (Some(action), None) = (given.next(), given.next()) else {
        return Err(validation("You must specify exactly one forward, redirect or fixed-response action"));
    };
    let order = action.order;
    let stickiness = stickiness(action.forward_config.as_ref())?;
    let what = match kind(&action) {
        "forward" => forward(action)?,
        "redirect" => redirect(action.redirect_config)?,
        _ => fixed_response(action.fixed_response_config)?,
    };
    Ok(Action { order, what, stickiness })
}

fn kind(action: &api::Action) -> &str {
    action.r#type.as_deref().unwrap_or_default()
}

/// For how long a client stays with the target group that it came to first.
fn stickiness(config: Option<&api::ForwardActionConfig>) -> Result<Stickiness, ServiceError> {
    let given = config.and_then(|config| config.target_group_stickiness_config.clone()).unwrap_or_default();
    let (is_enabled, seconds) = (given.enabled == Some(true), given.duration_seconds);
    if seconds.is_some_and(|seconds| !(1..=STICKY_SECONDS_MAX).contains(&seconds))
        || (is_enabled && seconds.is_none())
    {
        return Err(validation(format!(
            "Target group stickiness duration must be between 1 and {STICKY_SECONDS_MAX} seconds"
        )));
    }
    Ok(Stickiness { is_enabled, seconds })
}

fn forward(action: api::Action) -> Result<What, ServiceError> {
    let config = action.forward_config.unwrap_or_default();
    let listed = config.target_groups.unwrap_or_default();
    let mut groups = Vec::new();
    for group in listed {
        let arn = group.target_group_arn.unwrap_or_default();
        let weight = group.weight.unwrap_or(1);
        let weight = u32::try_from(weight)
            .ok()
            .filter(|_| weight <= WEIGHT_MAX)
            .ok_or_else(|| validation(format!("Weight '{weight}' must be between 0 and {WEIGHT_MAX}")))?;
        if groups.iter().any(|(known, _)| *known == arn) {
            return Err(validation(format!("Target group '{arn}' is given more than once")));
        }
        groups.push((arn, weight));
    }
    match (action.target_group_arn, groups.as_slice()) {
        (Some(arn), []) => groups.push((arn, 1)),
        (Some(arn), [(only, _)]) if *only == arn => {}
        (Some(_), _) => {
            return Err(validation(
                "You cannot specify both a target group ARN and a different list of target groups",
            ));
        }
        (None, []) => return Err(validation("A target group ARN must be specified")),
        (None, _) => {}
    }
    if groups.len() > TARGET_GROUPS_PER_ACTION_MAX {
        return Err(ServiceError::client(
            "TooManyTargetGroups",
            format!("An action can have at most {TARGET_GROUPS_PER_ACTION_MAX} target groups"),
        ));
    }
    Ok(What::Forward(groups))
}

fn redirect(config: Option<api::RedirectActionConfig>) -> Result<What, ServiceError> {
    let config = config.ok_or_else(|| validation("A redirect action must have a RedirectConfig"))?;
    let or = |given: Option<String>, usual: &str| given.unwrap_or_else(|| usual.to_owned());
    let (protocol, host) = (or(config.protocol, "#{protocol}"), or(config.host, "#{host}"));
    let (port, path, query) =
        (or(config.port, "#{port}"), or(config.path, "/#{path}"), or(config.query, "#{query}"));
    if !path.starts_with('/') {
        return Err(validation("The redirect path must start with '/'"));
    }
    if port != "#{port}" && port.parse::<u16>().is_ok_and(|port| port > 0) == port.is_empty() {
        return Err(validation(format!("The redirect port '{port}' is not valid")));
    }
    let same = (protocol.as_str(), host.as_str(), port.as_str(), path.as_str(), query.as_str())
        == ("#{protocol}", "#{host}", "#{port}", "/#{path}", "#{query}");
    if same {
        return Err(ServiceError::client(
            "InvalidLoadBalancerAction",
            "The redirect configuration is not valid because it creates a loop.",
        ));
    }
    Ok(What::Redirect { status: config.status_code.unwrap_or_default(), protocol, host, port, path, query })
}

fn fixed_response(config: Option<api::FixedResponseActionConfig>) -> Result<What, ServiceError> {
    let config =
        config.ok_or_else(|| validation("A fixed-response action must have a FixedResponseConfig"))?;
    if let Some(kind) = config.content_type.as_deref().filter(|kind| !CONTENT_TYPES.contains(kind)) {
        return Err(validation(format!(
            "Content type '{kind}' must be one of '{}'",
            CONTENT_TYPES.join(", ")
        )));
    }
    Ok(What::FixedResponse {
        status: config.status_code.unwrap_or_default(),
        content_type: config.content_type,
        body: config.message_body,
    })
}

/// In the shape of the API.
pub fn show(action: &Action) -> Vec<api::Action> {
    let mut shown = api::Action { order: action.order, ..Default::default() };
    match &action.what {
        What::Forward(groups) => {
            shown.r#type = Some("forward".to_owned());
            if let [(only, _)] = groups.as_slice() {
                shown.target_group_arn = Some(only.clone());
            }
            let tuple = |(arn, weight): &(String, u32)| api::TargetGroupTuple {
                target_group_arn: Some(arn.clone()),
                weight: i32::try_from(*weight).ok(),
            };
            shown.forward_config = Some(api::ForwardActionConfig {
                target_groups: Some(groups.iter().map(tuple).collect()),
                target_group_stickiness_config: Some(api::TargetGroupStickinessConfig {
                    enabled: Some(action.stickiness.is_enabled),
                    duration_seconds: action.stickiness.seconds,
                }),
            });
        }
        What::Redirect { status, protocol, host, port, path, query } => {
            shown.r#type = Some("redirect".to_owned());
            shown.redirect_config = Some(api::RedirectActionConfig {
                status_code: Some(status.clone()),
                protocol: Some(protocol.clone()),
                host: Some(host.clone()),
                port: Some(port.clone()),
                path: Some(path.clone()),
                query: Some(query.clone()),
            });
        }
        What::FixedResponse { status, content_type, body } => {
            shown.r#type = Some("fixed-response".to_owned());
            shown.fixed_response_config = Some(api::FixedResponseActionConfig {
                status_code: Some(status.clone()),
                content_type: content_type.clone(),
                message_body: body.clone(),
            });
        }
    }
    vec![shown]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect_to(port: &str, path: &str) -> Result<Action, String> {
        let config = api::RedirectActionConfig {
            status_code: Some("HTTP_301".to_owned()),
            port: Some(port.to_owned()),
            path: Some(path.to_owned()),
            ..Default::default()
        };
        let action = api::Action {
            r#type: Some("redirect".to_owned()),
            redirect_config: Some(config),
            ..Default::default()
        };
        read(Some(vec![action])).map_err(|error| error.to_string())
    }

    #[test]
    fn a_redirect_to_itself_is_a_loop() {
        assert!(redirect_to("443", "/#{path}").is_ok());
        assert!(redirect_to("#{port}", "/new").is_ok());
        for (port, path) in [("#{port}", "/#{path}"), ("0", "/x"), ("99999", "/x"), ("80", "x")] {
            assert!(redirect_to(port, path).is_err(), "{port} {path}");
        }
    }

    #[test]
    fn the_short_form_of_forward_is_the_long_one_with_one_group() {
        let action = api::Action {
            r#type: Some("forward".to_owned()),
            target_group_arn: Some("a".to_owned()),
            ..Default::default()
        };
        let read = read(Some(vec![action])).unwrap();
        assert_eq!(read.groups(), [("a".to_owned(), 1)]);
        let shown = show(&read);
        assert_eq!(shown[0].target_group_arn.as_deref(), Some("a"));
        assert_eq!(super::read(Some(shown)).unwrap(), read);
    }

    #[test]
    fn stickiness_of_groups_has_a_duration_of_a_week_at_most() {
        let sticky = |seconds: Option<i32>| {
            let config = api::ForwardActionConfig {
                target_groups: Some(vec![api::TargetGroupTuple {
                    target_group_arn: Some("a".to_owned()),
                    weight: None,
                }]),
                target_group_stickiness_config: Some(api::TargetGroupStickinessConfig {
                    enabled: Some(true),
                    duration_seconds: seconds,
                }),
            };
            let action = api::Action {
                r#type: Some("forward".to_owned()),
                forward_config: Some(config),
                ..Default::default()
            };
            read(Some(vec![action]))
        };
        let read = sticky(Some(60)).unwrap();
        assert_eq!(super::read(Some(show(&read))).unwrap(), read);
        for seconds in [None, Some(0), Some(STICKY_SECONDS_MAX + 1)] {
            assert!(sticky(seconds).is_err(), "{seconds:?}");
        }
    }
}
