//! Logs in JSON, and how much of them.

use crate::world::World;
use expect_test::expect;
use serde_json::{Value, json};

const GROUP: &str = "/own/group";

fn logging(application: &str, system: &str) -> Value {
    json!({"LoggingConfig": {
        "LogFormat": "JSON", "ApplicationLogLevel": application, "SystemLogLevel": system, "LogGroup": GROUP}})
}

/// Each line's event and its members, or what it says.
async fn lines(world: &World, last: &str) -> Vec<String> {
    let lines = world.logs.lines_with(GROUP, last).await;
    let shown = |line: &String| {
        let Ok(Value::Object(event)) = serde_json::from_str(line) else { return line.trim_end().to_owned() };
        match (&event.get("type"), &event.get("record")) {
            (Some(kind), Some(Value::Object(record))) => {
                format!("{kind} {}", record.keys().cloned().collect::<Vec<_>>().join(" "))
            }
            _ => event["message"].to_string(),
        }
    };
    lines.iter().map(shown).collect()
}

#[tokio::test]
async fn lambda_s_own_lines_are_events() {
    let world = World::new();
    world.function(logging("WARN", "DEBUG")).await;
    let said = "plain\n{\"level\":\"info\",\"timestamp\":\"2026-01-02T03:04:05Z\",\"message\":\"less\"}\n{\"level\":\"error\",\"timestamp\":\"2026-01-02T03:04:05Z\",\"message\":\"more\"}\n";
    world.invoke("f", json!({"do": "print", "text": said})).await;
    expect![[r#"
        "platform.initStart" functionName functionVersion initializationType instanceId instanceMaxMemory phase runtimeVersion runtimeVersionArn
        "platform.initRuntimeDone" initializationType phase status
        "platform.initReport" initializationType metrics phase status
        "platform.start" functionArn requestId version
        "more"
        "platform.runtimeDone" metrics requestId status
        "platform.report" metrics requestId status"#]]
    .assert_eq(&lines(&world, "platform.report").await.join("\n"));
}

#[tokio::test]
async fn the_least_level_of_lambda_s_own_lines_is_set_apart() {
    let world = World::new();
    world.function(logging("INFO", "WARN")).await;
    world.invoke("f", json!({"do": "print", "text": "plain\n"})).await;
    world.invoke("f", json!({"do": "exit"})).await;
    expect![[r#"
        plain
        "platform.runtimeDone" metrics requestId status
        "platform.report" errorType metrics requestId status"#]]
    .assert_eq(&lines(&world, "platform.report").await.join("\n"));
}

#[tokio::test]
async fn the_runtime_is_told_how_to_log() {
    let world = World::new();
    world.function(logging("ERROR", "INFO")).await;
    let told = world.invoke("f", json!({"do": "variables"})).await.body;
    let [format, level] = ["AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"].map(|name| told[name].clone());
    assert_eq!((format, level), (json!("JSON"), json!("ERROR")));
    let text = json!({"LoggingConfig": {"LogFormat": "Text"}}).to_string();
    world.call("PUT", "/2015-03-31/functions/f/configuration", &[], text).await;
    world.settled("f").await;
    let told = world.invoke("f", json!({"do": "variables"})).await.body;
    assert_eq!((&told["AWS_LAMBDA_LOG_FORMAT"], told.get("AWS_LAMBDA_LOG_LEVEL")), (&json!("Text"), None));
}

#[tokio::test]
async fn the_configuration_shows_what_counts() {
    let world = World::new();
    let json_alone = json!({"LoggingConfig": {"LogFormat": "JSON"}});
    let shown = world.function(json_alone).await.body["LoggingConfig"].to_string();
    expect![[r#"{"ApplicationLogLevel":"INFO","LogFormat":"JSON","LogGroup":"/aws/lambda/f","SystemLogLevel":"INFO"}"#]]
        .assert_eq(&shown);
    let level =
        json!({"FunctionName": "g", "LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "DEBUG"}});
    expect![[r#"400 InvalidParameterValueException: LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again."#]]
        .assert_eq(&world.create(level).await.error());
}
