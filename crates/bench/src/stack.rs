//! What is measured: a VPC, a role, and functions, made through the API like anybody's.

use crate::caller::{Caller, Request};
use crate::failure::Failure;
use crate::package;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use testkit::Answer;

const EC2: (&str, &str) = ("ec2", "2016-11-15");
pub const IAM: (&str, &str) = ("iam", "2010-05-08");
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ROLE_POLICY: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
pub const FUNCTIONS: &str = "/2015-03-31/functions";
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(1);

/// A function that gives its event back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    pub name: String,
    pub language: &'static str,
    pub in_vpc: bool,
}

impl Echo {
    /// As the table of figures calls it.
    pub fn label(&self) -> String {
        let place = if self.in_vpc { "in a VPC" } else { "without a VPC" };
        format!("{} {place}", self.language)
    }

    /// The invocation and the payload that must come back.
    pub fn invoke(&self, caller: &Caller, number: usize) -> (Request, Value) {
        // As text: not every number fits into those of JavaScript.
        let event = json!({ "number": number.to_string() });
        (caller.rest("lambda", "POST", &format!("{FUNCTIONS}/{}/invocations", self.name), &event), event)
    }

    pub fn check(&self, answer: &Answer, event: &Value) -> Result<(), Failure> {
        if serde_json::from_slice::<Value>(&answer.body).ok().as_ref() == Some(event) {
            return Ok(());
        }
        Err(Failure::WrongAnswer { what: self.name.clone(), answer: answer.text() })
    }

    /// Changes an environment variable and waits until that is served, so that the next
    /// invocation finds no environment.
    pub fn make_cold(&self, caller: &mut Caller, number: usize) -> Result<(), Failure> {
        let body = json!({ "Environment": { "Variables": { "ROUND": number.to_string() } } });
        caller.ok(&caller.rest("lambda", "PUT", &self.configuration(), &body))?;
        self.wait(caller, |c| c["LastUpdateStatus"] == "Successful")
    }

    fn configuration(&self) -> String {
        format!("{FUNCTIONS}/{}/configuration", self.name)
    }

    pub fn wait(&self, caller: &mut Caller, done: impl Fn(&Value) -> bool) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let request = caller.rest("lambda", "GET", &self.configuration(), &Value::Null);
            let last = caller.ok(&request)?;
            if done(&serde_json::from_slice(&last.body)?) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let what = format!("{} is ready", self.name);
                return Err(Failure::Late { what, seconds: PATIENCE.as_secs(), last: last.text() });
            }
            std::thread::sleep(POLL);
        }
    }
}

/// The functions: each language in the VPC and without.
pub struct Stack {
    pub functions: Vec<Echo>,
}

impl Stack {
    pub fn make(caller: &mut Caller, python_runtime: &str, directory: &Path) -> Result<Self, Failure> {
        let network = network(caller)?;
        let role = role(caller, "bench")?;
        let mut packages = vec![
            ("Python", python_runtime, "app.handler", package::python()?),
            ("Rust", "provided.al2023", "bootstrap", package::bootstrap(directory)?),
        ];
        if Path::new("/usr/bin/node").exists() {
            packages.push(("Node.js", "nodejs20.x", "app.handler", package::node()?));
        }
        let mut functions = Vec::new();
        for (language, runtime, handler, zip) in &packages {
            for in_vpc in [true, false] {
                let word = language.to_lowercase().replace('.', "");
                let name = format!("{word}-{}", if in_vpc { "vpc" } else { "open" });
                let echo = Echo { name, language, in_vpc };
                let mut body = json!({
                    "FunctionName": echo.name, "Role": role, "Runtime": runtime, "Handler": handler,
                    "Code": { "ZipFile": zip }, "MemorySize": 128, "Timeout": 10,
                });
                if let (true, Some(body)) = (in_vpc, body.as_object_mut()) {
                    body.insert("VpcConfig".to_owned(), network.clone());
                }
                caller.ok(&caller.rest("lambda", "POST", FUNCTIONS, &body))?;
                echo.wait(caller, |c| c["State"] == "Active")?;
                functions.push(echo);
            }
        }
        Ok(Self { functions })
    }
}

/// A VPC with one subnet and one security group, as a VpcConfig.
fn network(caller: &mut Caller) -> Result<Value, Failure> {
    let vpc = caller.xml(EC2, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId")?;
    let in_vpc = ("VpcId", vpc.as_str());
    let subnet = caller.xml(EC2, "CreateSubnet", &[in_vpc, ("CidrBlock", "10.0.1.0/24")], "subnetId")?;
    let words = [in_vpc, ("GroupName", "bench"), ("GroupDescription", "functions that are measured")];
    let group = caller.xml(EC2, "CreateSecurityGroup", &words, "groupId")?;
    Ok(json!({ "SubnetIds": [subnet], "SecurityGroupIds": [group] }))
}

/// The ARN of a role for functions.
pub fn role(caller: &mut Caller, name: &str) -> Result<String, Failure> {
    let words = [("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
    let role = caller.xml(IAM, "CreateRole", &words, "Arn")?;
    let words = [("RoleName", name), ("PolicyArn", ROLE_POLICY)];
    caller.ok(&caller.query(IAM.0, IAM.1, "AttachRolePolicy", &words))?;
    Ok(role)
}
