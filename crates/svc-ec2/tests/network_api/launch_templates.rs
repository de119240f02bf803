//! Launch templates: versions, defaults, what RunInstances makes of them.

use crate::consoles::Nowhere;
use crate::world::World;
use base::Scope;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use svc_ec2::needs::{FoundProfile, Needs, Profiles};
use svc_ec2::state::InstanceProfile;

const CREATE: [(&str, &str); 4] = [
    ("LaunchTemplateName", "web"),
    ("VersionDescription", "first"),
    ("LaunchTemplateData.InstanceType", "t3.small"),
    ("LaunchTemplateData.KeyName", "not-acted-on"),
];

#[test]
fn versions_build_on_each_other_and_one_is_the_default() {
    let w = World::new();
    let made = w.ok("CreateLaunchTemplate", &CREATE);
    let id = made.text("launchTemplateId");
    assert!(id.starts_with("lt-"));
    assert_eq!(
        (made.text("defaultVersionNumber"), made.text("latestVersionNumber")),
        ("1".into(), "1".into())
    );
    assert_eq!(
        w.fails("CreateLaunchTemplate", &CREATE),
        "400 InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in use."
    );

    let second = w.ok(
        "CreateLaunchTemplateVersion",
        &[("LaunchTemplateId", &id), ("SourceVersion", "1"), ("LaunchTemplateData.ImageId", "ami-1")],
    );
    assert_eq!((second.text("instanceType"), second.text("imageId")), ("t3.small".into(), "ami-1".into()));
    assert_eq!(second.text("defaultVersion"), "false");
    w.ok("ModifyLaunchTemplate", &[("LaunchTemplateName", "web"), ("SetDefaultVersion", "$Latest")]);
    let shown = w.ok(
        "DescribeLaunchTemplateVersions",
        &[("LaunchTemplateName", "web"), ("LaunchTemplateVersion.1", "$Default")],
    );
    assert_eq!((shown.text("versionNumber"), shown.text("keyName")), ("2".into(), "not-acted-on".into()));
    let filtered = w.ok(
        "DescribeLaunchTemplateVersions",
        &[("LaunchTemplateId", &id), ("Filter.1.Name", "is-default-version"), ("Filter.1.Value.1", "false")],
    );
    assert_eq!(filtered.text("versionNumber"), "1");

    let gone = w.ok(
        "DeleteLaunchTemplateVersions",
        &[
            ("LaunchTemplateId", &id),
            ("LaunchTemplateVersion.1", "1"),
            ("LaunchTemplateVersion.2", "2"),
            ("LaunchTemplateVersion.3", "9"),
        ],
    );
    assert!(
        gone.0.contains("launchTemplateVersionDoesNotExist") && gone.0.contains("unexpectedError"),
        "{}",
        gone.0
    );
    assert_eq!(
        w.fails(
            "DescribeLaunchTemplateVersions",
            &[("LaunchTemplateId", &id), ("LaunchTemplateVersion.1", "1")]
        ),
        format!(
            "400 InvalidLaunchTemplateId.VersionNotFound: Could not find the specified version 1 for the launch template with ID {id}."
        )
    );
    w.ok("DeleteLaunchTemplate", &[("LaunchTemplateId", &id)]);
    assert_eq!(
        w.fails("DescribeLaunchTemplates", &[("LaunchTemplateId.1", &id)]),
        format!(
            "400 InvalidLaunchTemplateId.NotFound: The specified launch template, with template ID {id}, does not exist."
        )
    );
    assert_eq!(
        w.fails("DeleteLaunchTemplate", &[("LaunchTemplateName", "web")]),
        "400 InvalidLaunchTemplateName.NotFoundException: The specified launch template, with template name web, does not exist."
    );
}

#[test]
fn instances_are_made_as_the_template_says_unless_the_request_says_otherwise() {
    let w = World::new();
    let vpc = w.vpc();
    let subnet = w.subnet(&vpc, "10.0.0.0/24");
    let image = svc_ec2::model::image::ID;
    let tags = "LaunchTemplateData.TagSpecification.1";
    w.ok(
        "CreateLaunchTemplate",
        &[
            ("LaunchTemplateName", "web"),
            ("LaunchTemplateData.ImageId", image),
            ("LaunchTemplateData.InstanceType", "t3.small"),
            ("LaunchTemplateData.UserData", "IyEvYmluL3No"),
            (&format!("{tags}.ResourceType"), "instance"),
            (&format!("{tags}.Tag.1.Key"), "stage"),
            (&format!("{tags}.Tag.1.Value"), "test"),
        ],
    );
    let run = [
        ("LaunchTemplate.LaunchTemplateName", "web"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", &subnet),
    ];
    w.asked();
    let made = w.ok("RunInstances", &run);
    assert!(
        w.asked()
            .iter()
            .any(|asked| asked.starts_with("ec2:RunInstances") && asked.contains(":launch-template/lt-"))
    );
    assert_eq!((made.text("imageId"), made.text("instanceType")), (image.into(), "t3.small".into()));
    for tag in ["stage", "aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"] {
        assert!(made.0.contains(&format!("<key>{tag}</key>")), "{tag} in {}", made.0);
    }
    let id = made.text("instanceId");
    assert_eq!(
        w.fails("DeleteTags", &[("ResourceId.1", &id), ("Tag.1.Key", "aws:ec2launchtemplate:id")]),
        "400 InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use"
    );
    w.ok("DeleteTags", &[("ResourceId.1", &id)]);
    let shown = w.ok("DescribeTags", &[("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", &id)]);
    assert!(shown.0.contains("aws:ec2launchtemplate:id") && !shown.0.contains("stage"), "{}", shown.0);
    let larger = w.ok("RunInstances", &[&run[..], &[("InstanceType", "t3.large")]].concat());
    assert_eq!(larger.text("instanceType"), "t3.large");
    let data = w.ok("GetLaunchTemplateData", &[("InstanceId", &larger.text("instanceId"))]);
    assert_eq!(
        (data.text("instanceType"), data.text("userData")),
        ("t3.large".into(), "IyEvYmluL3No".into())
    );
    assert_eq!(
        w.fails(
            "RunInstances",
            &[
                &run[..],
                &[
                    ("TagSpecification.1.ResourceType", "instance"),
                    ("TagSpecification.1.Tag.1.Key", "aws:autoscaling:groupName"),
                    ("TagSpecification.1.Tag.1.Value", "g")
                ]
            ]
            .concat()
        ),
        "400 InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use"
    );
}

#[test]
fn a_template_may_say_what_moat_cannot_do_and_is_refused_when_it_is_to_be_done() {
    let w = World::new();
    let vpc = w.vpc();
    let subnet = w.subnet(&vpc, "10.0.0.0/24");
    w.ok("CreateLaunchTemplate", &CREATE);
    let run = [
        ("LaunchTemplate.LaunchTemplateName", "web"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", &subnet),
    ];
    assert_eq!(
        w.fails("RunInstances", &run),
        "501 NotImplemented: the parameter KeyName of ec2:RunInstances is not implemented by moat"
    );
    let of_version = [&run[..], &[("LaunchTemplate.Version", "7")]].concat();
    assert!(
        w.fails("RunInstances", &of_version).starts_with("400 InvalidLaunchTemplateId.VersionNotFound: ")
    );
}

/// A profile in which there is another role from a given look on.
struct Swapped {
    looks: AtomicU32,
    from: u32,
}

impl Profiles for Swapped {
    fn find(&self, _: &Scope, name: &str) -> Result<Option<FoundProfile>, store::Fault> {
        let is_other = self.looks.fetch_add(1, Ordering::Relaxed) >= self.from;
        let role = if is_other {
            "arn:aws:iam::000000000000:role/other"
        } else {
            "arn:aws:iam::000000000000:role/asked"
        };
        let profile = InstanceProfile {
            arn: format!("arn:aws:iam::000000000000:instance-profile/{name}"),
            id: name.to_owned(),
        };
        Ok(Some(FoundProfile { profile, role: Some(role.to_owned()) }))
    }
}

#[test]
fn what_became_another_launch_after_it_was_allowed_is_not_made() {
    for (from, is_made) in [(u32::MAX, true), (1, false)] {
        let w = World::new();
        let profiles = Arc::new(Swapped { looks: AtomicU32::new(0), from });
        w.ec2.supply(Needs { machines: Arc::new(Nowhere::default()), profiles });
        let subnet = w.subnet(&w.vpc(), "10.0.0.0/24");
        w.ok(
            "CreateLaunchTemplate",
            &[
                ("LaunchTemplateName", "web"),
                ("LaunchTemplateData.ImageId", svc_ec2::model::image::ID),
                ("LaunchTemplateData.IamInstanceProfile.Name", "web"),
            ],
        );
        let run = [
            ("LaunchTemplate.LaunchTemplateName", "web"),
            ("MinCount", "1"),
            ("MaxCount", "1"),
            ("SubnetId", &subnet),
        ];
        w.asked();
        if is_made {
            w.ok("RunInstances", &run);
        } else {
            assert_eq!(
                w.fails("RunInstances", &run),
                "503 Unavailable: The launch template or the instance profile was changed meanwhile."
            );
        }
        assert!(
            w.asked().iter().any(|asked| asked.starts_with("iam:PassRole") && asked.contains(":role/asked"))
        );
        assert_eq!(w.ok("DescribeInstances", &[]).0.contains("<instanceId>"), is_made);
    }
}
