//! Synchronous invocations.

use crate::world::{World, package};
use expect_test::{Expect, expect};
use serde_json::json;
use std::time::Duration;

const GROUP: &str = "/aws/lambda/f";

fn check(got: &str, expected: Expect) {
    expected.assert_eq(got);
}

/// Lines with what differs from run to run replaced.
fn steady(lines: &[String]) -> String {
    let steady_line = |line: &String| {
        line.trim_end_matches('\n')
            .split('\t')
            .map(|field| match field.split_once(": ") {
                Some((
                    name @ ("Duration" | "Billed Duration" | "Init Duration" | "INIT_REPORT Init Duration"),
                    _,
                )) => {
                    format!("{name}: N ms")
                }
                Some(("Runtime Version ARN", _)) => "Runtime Version ARN: …".to_owned(),
                _ => field.to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" | ")
    };
    lines.iter().map(steady_line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_environment_serves_one_invocation_after_the_other() {
    let world = World::new();
    world.function(json!({})).await;
    let first = world.invoke("f", json!({"n": 1})).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.body["echo"], json!({"n": 1}));
    assert_eq!(first.response.header("x-amz-executed-version"), Some("$LATEST"));
    assert_eq!(first.response.header("x-amz-function-error"), None);
    assert_eq!(first.response.header("x-amz-log-result"), None);
    for count in 2..20 {
        let again = world.invoke("f", json!({})).await;
        assert_eq!(again.body["environment"], first.body["environment"]);
        assert_eq!(again.body["count"], count);
    }
}

#[tokio::test]
async fn concurrent_invocations_get_environments_of_their_own() {
    let world = World::new();
    world.function(json!({})).await;
    let wait = || world.invoke("f", json!({"do": "wait", "ms": 200}));
    let (a, b, c) = tokio::join!(wait(), wait(), wait());
    for answer in [a, b, c] {
        assert_eq!(answer.body, json!("waited"));
    }
    assert_eq!(world.environments.started.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn an_environment_is_never_shared_by_functions() {
    let world = World::new();
    world.function(json!({"FunctionName": "f"})).await;
    world.function(json!({"FunctionName": "g"})).await;
    let mut ids = Vec::new();
    for name in ["f", "g", "f", "g"] {
        ids.push(world.invoke(name, json!({})).await.body["environment"].clone());
    }
    assert_eq!((&ids[0], &ids[1]), (&ids[2], &ids[3]));
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn the_log_reads_as_on_aws() {
    let world = World::new();
    world.function(json!({})).await;
    let answer = world
        .invoke_with("f", &[("x-amz-log-type", "Tail")], json!({"do": "print", "text": "hello\n"}))
        .await;
    let tail = steady(&answer.log().lines().map(str::to_owned).collect::<Vec<_>>());
    check(
        &tail,
        expect![[r#"
            START RequestId: 00000000-0000-4000-8000-000000000000 Version: $LATEST
            hello
            END RequestId: 00000000-0000-4000-8000-000000000000
            REPORT RequestId: 00000000-0000-4000-8000-000000000000 | Duration: N ms | Billed Duration: N ms | Memory Size: 128 MB | Max Memory Used: 40 MB | Init Duration: N ms | "#]],
    );
    let lines = world.logs.lines_with(GROUP, "REPORT").await;
    assert!(lines[0].starts_with(
        "INIT_START Runtime Version: python:3.12\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:"
    ));
    assert_eq!(steady(&lines[1..]), tail);
    let streams = world.logs.streams(GROUP);
    assert!(streams[0].starts_with("2026/01/02/[$LATEST]"), "{streams:?}");
    assert_eq!(streams[0].len(), "2026/01/02/[$LATEST]".len() + 32);
}

/// Whoever reads the runtime's output is kept busy meanwhile: what was written before the invocation is read late.
#[tokio::test]
async fn what_is_written_at_start_is_in_no_invocation_s_tail() {
    for provisioned in [false, true] {
        let world = World::new();
        world.function(json!({"Handler": "init.loud", "Publish": true})).await;
        world.settled("f:1").await;
        world.logs.held.send_replace(true);
        let start = async {
            world.logs.waiting.subscribe().wait_for(|waiting| *waiting > 0).await.unwrap();
            world.environments.may_go_on.send_replace(true);
        };
        let tail = [("x-amz-log-type", "Tail")];
        let invoke = || world.invoke_with("f:1", &tail, json!({"do": "print", "text": "hello\n"}));
        let answer = if provisioned {
            let path = "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1";
            world.call("PUT", path, &[], json!({"ProvisionedConcurrentExecutions": 1}).to_string()).await;
            start.await;
            while world.get(path).await.body["Status"] != "READY" {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            invoke().await
        } else {
            tokio::join!(invoke(), start).0
        };
        let log = answer.log();
        assert!(log.starts_with("START ") && log.contains("hello\n"), "{log}");
        assert!(!log.contains("initialised"), "{log}");
        world.logs.held.send_replace(false);
        let lines = world.logs.lines_with(GROUP, "REPORT").await;
        let place = |text: &str| lines.iter().position(|line| line.starts_with(text)).unwrap();
        assert!(place("initialised") < place("START"), "{:?}", lines.last());
    }
}

#[tokio::test]
async fn logs_need_the_role_s_permission() {
    for (denied, written) in [
        ("logs:PutLogEvents", false),
        ("logs:CreateLogGroup", false),
        ("logs:CreateLogStream", false),
        ("logs:Other", true),
    ] {
        let world = World::new();
        world.roles.denied.lock().unwrap().insert(denied.to_owned());
        world.function(json!({})).await;
        let tail = [("x-amz-log-type", "Tail")];
        // The caller's tail does not depend on the role.
        assert!(world.invoke_with("f", &tail, json!({})).await.log().contains("REPORT"));
        if written {
            world.logs.lines_with(GROUP, "REPORT").await;
        }
        let was_asked =
            || world.roles.asked.lock().unwrap().iter().any(|(action, _)| action == denied || written);
        while !was_asked() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let lines = world.logs.lines(GROUP).unwrap_or_default();
        assert_eq!(!lines.is_empty(), written, "{denied}: {lines:?}");
        let asked = world.roles.asked.lock().unwrap();
        let resource = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:log-stream:";
        assert!(asked.iter().any(|(a, r)| a == "logs:PutLogEvents" && r.starts_with(resource)));
    }
}

#[tokio::test]
async fn a_function_s_error_is_its_caller_s_answer() {
    let world = World::new();
    world.function(json!({})).await;
    let failed = world.invoke("f", json!({"do": "error"})).await;
    assert_eq!(failed.status, 200);
    assert_eq!(failed.response.header("x-amz-function-error"), Some("Unhandled"));
    assert_eq!(failed.body["errorMessage"], "boom");
    // The environment is as good as before.
    assert_eq!(world.invoke("f", json!({})).await.body["count"], 2);
}

#[tokio::test]
async fn a_timeout_ends_the_environment() {
    let world = World::new();
    world.function(json!({"Timeout": 1})).await;
    let tail = [("x-amz-log-type", "Tail")];
    let answer = world.invoke_with("f", &tail, json!({"do": "hang"})).await;
    assert_eq!(answer.response.header("x-amz-function-error"), Some("Unhandled"));
    check(
        &answer.body.to_string(),
        expect![[
            r#"{"errorMessage":"2026-01-02T03:04:05.678Z 00000000-0000-4000-8000-000000000000 Task timed out after 1.00 seconds"}"#
        ]],
    );
    check(
        &steady(&answer.log().lines().map(str::to_owned).collect::<Vec<_>>()),
        expect![[r#"
            START RequestId: 00000000-0000-4000-8000-000000000000 Version: $LATEST
            2026-01-02T03:04:05.678Z 00000000-0000-4000-8000-000000000000 Task timed out after 1.00 seconds

            END RequestId: 00000000-0000-4000-8000-000000000000
            REPORT RequestId: 00000000-0000-4000-8000-000000000000 | Duration: N ms | Billed Duration: N ms | Memory Size: 128 MB | Max Memory Used: 40 MB | Init Duration: N ms | Status: timeout | "#]],
    );
    assert!(world.environments.running.lock().unwrap().is_empty());
    assert_eq!(world.invoke("f", json!({})).await.body["count"], 1);
}

#[tokio::test]
async fn a_runtime_that_exits_is_an_error() {
    let world = World::new();
    world.function(json!({})).await;
    let tail = [("x-amz-log-type", "Tail")];
    let answer = world.invoke_with("f", &tail, json!({"do": "exit"})).await;
    assert_eq!(answer.response.header("x-amz-function-error"), Some("Unhandled"));
    check(
        &answer.body.to_string(),
        expect![[
            r#"{"errorMessage":"RequestId: 00000000-0000-4000-8000-000000000000 Error: Runtime exited with error: exit status 1","errorType":"Runtime.ExitError"}"#
        ]],
    );
    check(
        &steady(&answer.log().lines().map(str::to_owned).collect::<Vec<_>>()),
        expect![[r#"
            START RequestId: 00000000-0000-4000-8000-000000000000 Version: $LATEST
            END RequestId: 00000000-0000-4000-8000-000000000000
            REPORT RequestId: 00000000-0000-4000-8000-000000000000 | Duration: N ms | Billed Duration: N ms | Memory Size: 128 MB | Max Memory Used: 40 MB | Init Duration: N ms | Status: error | Error Type: Runtime.ExitError | 
            RequestId: 00000000-0000-4000-8000-000000000000 Error: Runtime exited with error: exit status 1
            Runtime.ExitError"#]],
    );
    let answer = world.invoke_with("f", &tail, json!({"do": "out of memory"})).await;
    check(
        &answer.body["errorMessage"].to_string(),
        expect![[
            r#""RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: signal: killed""#
        ]],
    );
    assert!(answer.log().contains("Error Type: Runtime.OutOfMemory"), "{}", answer.log());
    assert!(world.environments.running.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_initialisation_that_fails_is_the_answer() {
    let world = World::new();
    world.function(json!({"Handler": "init.error"})).await;
    let tail = [("x-amz-log-type", "Tail")];
    let answer = world.invoke_with("f", &tail, json!({})).await;
    assert_eq!(answer.response.header("x-amz-function-error"), Some("Unhandled"));
    assert_eq!(answer.body["errorType"], "Runtime.ImportModuleError");
    let lines = world.logs.lines_with(GROUP, "REPORT RequestId").await;
    check(
        &steady(&lines),
        expect![[r#"
            INIT_START Runtime Version: python:3.12 | Runtime Version ARN: …
            could not import
            INIT_REPORT Init Duration: N ms | Phase: init | Status: error | Error Type: Runtime.ImportModuleError
            could not import
            INIT_REPORT Init Duration: N ms | Phase: invoke | Status: error | Error Type: Runtime.ImportModuleError
            START RequestId: 00000000-0000-4000-8000-000000000000 Version: $LATEST
            END RequestId: 00000000-0000-4000-8000-000000000000
            REPORT RequestId: 00000000-0000-4000-8000-000000000000 | Duration: N ms | Billed Duration: N ms | Memory Size: 128 MB | Max Memory Used: 40 MB | Status: error | Error Type: Runtime.ImportModuleError | "#]],
    );
    world.function(json!({"FunctionName": "g", "Handler": "init.exit"})).await;
    let answer = world.invoke("g", json!({})).await;
    check(
        &answer.body.to_string(),
        expect![[
            r#"{"errorMessage":"RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 7","errorType":"Runtime.ExitError"}"#
        ]],
    );
    assert!(world.environments.running.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_custom_runtime_needs_its_bootstrap() {
    let world = World::new();
    world.function(json!({"Runtime": "provided.al2023"})).await;
    let answer = world.invoke("f", json!({})).await;
    check(
        &answer.body.to_string(),
        expect![[
            r#"{"errorMessage":"RequestId: 00000000-0000-4000-8000-000000000000 Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]","errorType":"Runtime.InvalidEntrypoint"}"#
        ]],
    );
    let code = json!({"ZipFile": package("bootstrap", "#!/bin/sh")}).to_string();
    world.call("PUT", "/2015-03-31/functions/f/code", &[], code).await;
    world.settled("f").await;
    assert_eq!(world.invoke("f", json!({"n": 2})).await.body["echo"], json!({"n": 2}));
}

#[tokio::test]
async fn the_environment_s_variables_are_aws_s() {
    let world = World::with(|config| config.ca_bundle = Some("/etc/ca.pem".to_owned()));
    world.function(json!({"Environment": {"Variables": {"MINE": "1", "TZ": "Europe/Berlin"}}})).await;
    let got = world.invoke("f", json!({"do": "variables"})).await.body;
    let mut lines = Vec::new();
    for (name, value) in got.as_object().unwrap() {
        let value = value.as_str().unwrap();
        let shown = if name.ends_with("STREAM_NAME") { "…" } else { value };
        lines.push(format!("{name}={shown}"));
    }
    check(
        &lines.join("\n"),
        expect![[r#"
        AWS_ACCESS_KEY_ID=ASIAEXAMPLE
        AWS_CA_BUNDLE=/etc/ca.pem
        AWS_DEFAULT_REGION=us-east-1
        AWS_EXECUTION_ENV=AWS_Lambda_python3.12
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128
        AWS_LAMBDA_FUNCTION_NAME=f
        AWS_LAMBDA_FUNCTION_VERSION=$LATEST
        AWS_LAMBDA_INITIALIZATION_TYPE=on-demand
        AWS_LAMBDA_LOG_FORMAT=Text
        AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/f
        AWS_LAMBDA_LOG_STREAM_NAME=…
        AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001
        AWS_REGION=us-east-1
        AWS_SECRET_ACCESS_KEY=secret
        AWS_SESSION_TOKEN=token of f
        LAMBDA_RUNTIME_DIR=/var/runtime
        LAMBDA_TASK_ROOT=/var/task
        LANG=en_US.UTF-8
        LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib
        MINE=1
        NODE_EXTRA_CA_CERTS=/etc/ca.pem
        PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin
        PYTHONPATH=/var/runtime
        REQUESTS_CA_BUNDLE=/etc/ca.pem
        SSL_CERT_FILE=/etc/ca.pem
        TZ=Europe/Berlin
        _HANDLER=lambda_function.handler"#]],
    );
}

#[tokio::test]
async fn a_function_that_is_not_ready_is_not_invoked() {
    let world = World::new();
    world.create(json!({})).await;
    // Immediately after creation, before any other task ran.
    let refused = world.invoke("f", json!({})).await;
    check(
        &refused.error(),
        expect![
            "409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending"
        ],
    );
}

#[tokio::test]
async fn concurrency_has_limits() {
    let world = World::with(|config| config.concurrent_executions = 101);
    world.function(json!({})).await;
    world.function(json!({"FunctionName": "g"})).await;
    let path = "/2017-10-31/functions/f/concurrency";
    let too_much = json!({"ReservedConcurrentExecutions": 2}).to_string();
    check(
        &world.call("PUT", path, &[], too_much).await.error(),
        expect![
            "400 InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
        ],
    );
    let one = json!({"ReservedConcurrentExecutions": 1}).to_string();
    assert_eq!(world.call("PUT", path, &[], one).await.status, 200);
    let got = world.get("/2019-09-30/functions/f/concurrency").await;
    assert_eq!(got.body, json!({"ReservedConcurrentExecutions": 1}));
    let (slow, second) = tokio::join!(world.invoke("f", json!({"do": "hold"})), async {
        while world.environments.received.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let second = world.invoke("f", json!({})).await;
        world.environments.may_go_on.send_replace(true);
        second
    });
    assert_eq!(slow.body, json!("waited"));
    check(&second.error(), expect!["429 TooManyRequestsException: Rate Exceeded."]);
    assert_eq!(second.body["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded");
    assert_eq!(world.call("DELETE", path, &[], "").await.status, 204);
    assert_eq!(world.invoke("f", json!({})).await.status, 200);
}

#[tokio::test]
async fn the_account_s_concurrency_is_not_exceeded() {
    let world = World::with(|config| config.concurrent_executions = 2);
    world.function(json!({})).await;
    let hold = || world.invoke("f", json!({"do": "hold"}));
    let (one, two, third) = tokio::join!(hold(), hold(), async {
        while world.environments.received.lock().unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let third = world.invoke("f", json!({})).await;
        world.environments.may_go_on.send_replace(true);
        third
    });
    assert_eq!([one.status, two.status, third.status], [200, 200, 429]);
    assert_eq!(third.body["Reason"], "ConcurrentInvocationLimitExceeded");
}

#[tokio::test]
async fn an_environment_whose_keys_run_out_takes_no_more_work() {
    let world = World::new();
    world.function(json!({})).await;
    let first = world.invoke("f", json!({})).await.body["environment"].clone();
    world.clock.advance_ms(3_600_000 - 2_000);
    assert_ne!(world.invoke("f", json!({})).await.body["environment"], first);
}

#[tokio::test]
async fn an_idle_environment_ends() {
    let world = World::with(|config| config.idle_time = Duration::from_millis(50));
    world.function(json!({})).await;
    world.invoke("f", json!({})).await;
    for _ in 0..1200 {
        if world.environments.running.lock().unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the environment is still there");
}

#[tokio::test]
async fn a_failure_of_moat_s_is_said_to_be_one() {
    let world = World::new();
    world.function(json!({})).await;
    *world.environments.broken.lock().unwrap() = true;
    check(
        &world.invoke("f", json!({})).await.error(),
        expect!["500 ServiceException: An error occurred and the request cannot be processed."],
    );
}

#[tokio::test]
async fn a_dry_run_runs_nothing() {
    let world = World::new();
    world.function(json!({})).await;
    let answer = world.invoke_with("f", &[("x-amz-invocation-type", "DryRun")], json!({})).await;
    assert_eq!(answer.status, 204);
    assert!(world.environments.started.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_cold_start_leaves_its_steps() {
    let world = World::new();
    world.function(json!({})).await;
    world.invoke("f", json!({})).await;
    world.invoke("f", json!({})).await;
    let traces = world.lambda.cold_starts(&base::Scope::default(), "f");
    assert_eq!(traces.len(), 1);
    let names: Vec<&str> = traces[0].steps.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["credentials", "code", "exec", "start", "init"]);
    assert!(traces[0].total() > Duration::ZERO);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing_running() {
    let world = World::new();
    world.function(json!({})).await;
    let begun = async {
        while world.environments.received.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        answer = world.invoke("f", json!({"do": "hold"})) => panic!("{:?}", answer.body),
        () = begun => {}
    }
    world.environments.may_go_on.send_replace(true);
    world.logs.lines_with(GROUP, "REPORT").await;
    // It ended in its environment, which serves the next caller.
    assert_eq!(world.invoke("f", json!({})).await.body["count"], 2);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_an_error_and_the_next_caller_is_not_harmed() {
    let world = World::new();
    world.function(json!({})).await;
    for _ in 0..3 {
        let answer = world.invoke("f", json!({"do": "answer too much"})).await;
        assert_eq!(answer.response.header("x-amz-function-error"), Some("Unhandled"));
        assert_eq!(answer.body["errorType"], "Function.ResponseSizeTooLarge");
        assert_eq!(world.invoke("f", json!({})).await.body["count"], 1);
        // The warm one would answer the next round: each has its own.
        world.invoke("f", json!({"do": "exit"})).await;
    }
}

#[tokio::test]
async fn a_missing_interpreter_is_said_to_be_one() {
    let world = World::new();
    world.function(json!({"Runtime": "nodejs22.x"})).await;
    *world.environments.broken.lock().unwrap() = true;
    check(
        &world.invoke("f", json!({})).await.error(),
        expect![
            "502 InvalidRuntimeException: The runtime nodejs22.x is not installed on this machine. `moat runtimes` says what would install it."
        ],
    );
}
