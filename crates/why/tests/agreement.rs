//! The explanation says what the network's model says, whatever the network.
#![allow(clippy::unwrap_used)]

use vpc::testing::{network_text, sample};
use vpc::{Origin, Payload, walk};
use why::{Dns, Placement, Question, Subject, Target, explain};

#[test]
fn reachable_means_that_every_way_is_delivered() {
    let (mut reachable, mut not) = (0, 0);
    for seed in 0..300 {
        let (network, flows) = sample(seed, 10).unwrap();
        for flow in flows {
            let (Origin::Interface(id), None, Payload::Tcp { destination_port, .. }) =
                (&flow.from, flow.source, flow.payload)
            else {
                continue;
            };
            let explanation = explain(&Question {
                subject: Subject {
                    label: "function:f".to_owned(),
                    function: None,
                    placement: Placement::Vpc { network: &network, interfaces: vec![id.clone()] },
                },
                target: Target {
                    label: "target".to_owned(),
                    host: flow.destination.to_string(),
                    port: destination_port,
                    payload: flow.payload,
                    service: None,
                },
                dns: Dns::Literal(flow.destination),
                call: None,
                listener: None,
            });
            let trace = walk(&network, &flow);
            assert_eq!(
                explanation.reachable,
                trace.is_delivered(),
                "{}\n{flow}\n{explanation}",
                network_text(&network)
            );
            assert_eq!(explanation.first_failure().is_none(), explanation.reachable);
            match trace.reason() {
                None => reachable += 1,
                Some(reason) => {
                    not += 1;
                    assert!(explanation.verdict.contains(&reason.to_string()), "{explanation}");
                    assert_eq!(explanation.first_failure().unwrap().fix, reason.fix(&network));
                }
            }
        }
    }
    assert!(reachable > 100 && not > 100, "{reachable} reachable, {not} not");
}
