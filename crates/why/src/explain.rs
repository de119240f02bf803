//! The layers in their order.

use crate::{Explanation, Question, Step};
use crate::{name, path, permission};

pub fn explain(question: &Question<'_>) -> Explanation {
    let (name, addresses) = name::step(question);
    let resolves = name.ok;
    let mut steps = vec![name];
    if resolves {
        steps.extend(path::steps(question, &addresses));
    }
    let connects = steps.iter().all(|step| step.ok);
    // What listens can only be told from what answers, and only matters once packets arrive.
    if connects && let Some(listener) = &question.listener {
        steps.push(listener_step(listener));
    }
    if let Some(call) = &question.call {
        steps.extend(permission::steps(call, &question.target));
    }
    let verdict = verdict(question, &steps, &addresses);
    let reachable = steps.iter().all(|step| step.ok);
    Explanation {
        from: question.subject.label.clone(),
        to: question.target.label.clone(),
        reachable,
        steps,
        verdict,
    }
}

fn listener_step(listener: &crate::Listener) -> Step {
    Step {
        layer: crate::Layer::Listener,
        ok: listener.ok,
        reason: listener.reason.clone(),
        rule: None,
        fix: listener.fix.clone(),
    }
}

fn verdict(question: &Question<'_>, steps: &[Step], addresses: &[std::net::IpAddr]) -> String {
    let (from, target) = (&question.subject.label, &question.target);
    match steps.iter().find(|step| !step.ok) {
        Some(step) => format!("{from} does not reach {}: {}", target.label, step.reason),
        None => {
            let port = target.payload.destination_port().map_or_else(String::new, |port| format!(":{port}"));
            let at: Vec<_> = addresses.iter().map(|address| format!("{address}{port}")).collect();
            format!("{from} reaches {} at {}", target.label, at.join(", "))
        }
    }
}
