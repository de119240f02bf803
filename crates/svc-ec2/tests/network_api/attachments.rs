//! Interfaces that are put into instances and taken out of them.

use crate::world::{Answer, World};
use svc_ec2::state::{Instance, InstanceState};

struct Fixture {
    world: World,
    vpc: String,
    subnet: String,
}

fn fixture() -> Fixture {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.ok(
        "CreateSubnet",
        &[("VpcId", &vpc), ("CidrBlock", "10.0.0.0/24"), ("AvailabilityZone", "us-east-1a")],
    );
    Fixture { subnet: subnet.text("subnetId"), world, vpc }
}

impl Fixture {
    fn launch(&self, more: &[(&str, &str)]) -> Answer {
        self.world.ok("RunInstances", &self.request(more))
    }

    fn request<'a>(&self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let image = svc_ec2::model::image::ID;
        let mut all =
            vec![("ImageId", image), ("MinCount", "1"), ("MaxCount", "1"), ("InstanceType", "t3.small")];
        all.extend(more);
        all
    }

    /// As the reconciler leaves it that has a machine for it.
    fn set(&self, id: &str, state: InstanceState) {
        let key = self.world.scope.key(id);
        let found = self.world.store().read().get::<Instance>(&key).unwrap().unwrap();
        let row = Instance { state, ..Instance::clone(&found) };
        let write = self.world.store().write(move |tx| tx.put(&row));
        self.world.block_on(write).unwrap();
    }

    fn instance(&self) -> String {
        let id = self.launch(&[("SubnetId", &self.subnet)]).text("instanceId");
        self.set(&id, InstanceState::Running);
        id
    }

    fn attach(&self, instance: &str, interface: &str, index: &str) -> Vec<(String, String)> {
        [("InstanceId", instance), ("NetworkInterfaceId", interface), ("DeviceIndex", index)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    fn refused(&self, instance: &str, interface: &str, index: &str) -> String {
        let all = self.attach(instance, interface, index);
        let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.world.fails("AttachNetworkInterface", &all)
    }

    fn attached(&self, instance: &str, interface: &str, index: &str) -> String {
        let all = self.attach(instance, interface, index);
        let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.world.ok("AttachNetworkInterface", &all).text("attachmentId")
    }

    fn shown(&self, interface: &str) -> Answer {
        self.world.ok("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", interface)])
    }
}

#[test]
fn an_interface_comes_and_goes() {
    let f = fixture();
    let (instance, interface) = (f.instance(), f.world.interface(&f.subnet));
    let attachment = f.attached(&instance, &interface, "1");
    let shown = f.shown(&interface);
    assert_eq!(shown.text("attachmentId"), attachment);
    assert_eq!((shown.text("instanceId"), shown.text("deviceIndex")), (instance.clone(), "1".into()));
    assert_eq!(shown.texts("status"), ["attached", "in-use"]);
    assert_eq!(shown.text("deleteOnTermination"), "false");
    let network = f.world.ec2.networks(&f.world.ec2.snapshot()).unwrap().remove(0);
    let place = &network.attachments[&interface.as_str().into()];
    assert_eq!((place.instance.as_str(), place.device_index), (instance.as_str(), 1));
    let plan = vpc::compile(&network);
    assert_eq!(plan.seats.len(), 1, "the first interface is in a namespace of its own");
    assert!(plan.seats[&interface.as_str().into()].neighbourhood.is_empty(), "they are in one subnet");

    let change = [
        ("NetworkInterfaceId", interface.as_str()),
        ("Attachment.AttachmentId", &attachment),
        ("Attachment.DeleteOnTermination", "true"),
    ];
    f.world.ok("ModifyNetworkInterfaceAttribute", &change);
    assert_eq!(f.shown(&interface).text("deleteOnTermination"), "true");
    let delete = [("NetworkInterfaceId", interface.as_str())];
    assert!(f.world.fails("DeleteNetworkInterface", &delete).contains("is currently in use"));
    f.world.ok("DetachNetworkInterface", &[("AttachmentId", &attachment), ("Force", "true")]);
    assert_eq!(f.shown(&interface).text("status"), "available");
    assert!(f.world.ec2.networks(&f.world.ec2.snapshot()).unwrap()[0].attachments.len() == 1);
    f.world.ok("DeleteNetworkInterface", &delete);
}

#[test]
fn what_cannot_be_attached_is_refused() {
    let f = fixture();
    let (instance, other) = (f.instance(), f.instance());
    let interface = f.world.interface(&f.subnet);
    let taken = format!(
        "400 InvalidParameterValue: Instance '{instance}' already has an interface attached at device index '0'."
    );
    assert_eq!(f.refused(&instance, &interface, "0"), taken);
    assert!(f.refused(&instance, &interface, "64").starts_with("400 InvalidParameterValue"));
    f.attached(&instance, &interface, "1");
    assert_eq!(
        f.refused(&other, &interface, "1"),
        format!("400 InvalidNetworkInterface.InUse: Interface: [{interface}] in use.")
    );
    let next = f.world.interface(&f.subnet);
    assert!(f.refused(&instance, &next, "1").contains("device index '1'"));
    f.attached(&instance, &next, "2");
    let third = f.world.interface(&f.subnet);
    assert_eq!(
        f.refused(&instance, &third, "3"),
        "400 AttachmentLimitExceeded: Interface count 4 exceeds the limit for t3.small"
    );
    let elsewhere = f.world.ok(
        "CreateSubnet",
        &[("VpcId", &f.vpc), ("CidrBlock", "10.0.1.0/24"), ("AvailabilityZone", "us-east-1b")],
    );
    let elsewhere = f.world.interface(&elsewhere.text("subnetId"));
    assert_eq!(
        f.refused(&other, &elsewhere, "1"),
        "400 InvalidParameterCombination: You may not attach a network interface to an instance if they are not in the same availability zone"
    );
    let foreign = f.world.ok("CreateVpc", &[("CidrBlock", "10.9.0.0/16")]).text("vpcId");
    let foreign = f.world.ok(
        "CreateSubnet",
        &[("VpcId", &foreign), ("CidrBlock", "10.9.0.0/24"), ("AvailabilityZone", "us-east-1a")],
    );
    let foreign = f.world.interface(&foreign.text("subnetId"));
    assert!(f.refused(&other, &foreign, "1").starts_with("501 NotImplemented"));
    f.set(&other, InstanceState::ShuttingDown);
    assert!(f.refused(&other, &third, "1").starts_with("400 IncorrectInstanceState"));
    f.set(&other, InstanceState::Stopped);
    f.attached(&other, &third, "1");
    assert!(f.refused("i-0123456789abcdef0", &third, "1").starts_with("400 InvalidInstanceID.NotFound"));
}

#[test]
fn the_first_interface_stays_and_others_than_ones_own_too() {
    let f = fixture();
    let instance = f.instance();
    let first = f.world.ok("DescribeInstances", &[("InstanceId.1", &instance)]).text("attachmentId");
    assert_eq!(
        f.world.fails("DetachNetworkInterface", &[("AttachmentId", &first)]),
        "400 OperationNotPermitted: The network interface at device index 0 and networkCard index 0 cannot be detached."
    );
    assert_eq!(
        f.world.fails("DetachNetworkInterface", &[("AttachmentId", "eni-attach-0123456789abcdef0")]),
        "400 InvalidAttachmentID.NotFound: The network interface attachment ID 'eni-attach-0123456789abcdef0' does not exist"
    );
    let interface = f.world.interface(&f.subnet);
    f.attached(&instance, &interface, "1");
    let change = [
        ("NetworkInterfaceId", interface.as_str()),
        ("Attachment.AttachmentId", &first),
        ("Attachment.DeleteOnTermination", "true"),
    ];
    assert!(
        f.world
            .fails("ModifyNetworkInterfaceAttribute", &change)
            .starts_with("400 InvalidAttachmentID.NotFound")
    );
    // With several interfaces, the instance does not tell which one is meant.
    let several = "400 InvalidInstanceID: There are multiple interfaces attached to instance";
    let check = [("InstanceId", instance.as_str()), ("SourceDestCheck.Value", "false")];
    assert!(f.world.fails("ModifyInstanceAttribute", &check).starts_with(several));
    f.world.gateway(&f.vpc);
    let address = f.world.address();
    let associate = [("AllocationId", address.as_str()), ("InstanceId", &instance)];
    assert!(f.world.fails("AssociateAddress", &associate).starts_with(several));
}

#[test]
fn an_address_and_a_route_may_name_the_instance_of_an_interface() {
    let f = fixture();
    let instance = f.instance();
    f.world.gateway(&f.vpc);
    let address = f.world.address();
    f.world.ok("AssociateAddress", &[("AllocationId", &address), ("InstanceId", &instance)]);
    assert_eq!(f.world.ok("DescribeAddresses", &[]).text("instanceId"), instance);
    let of_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", f.vpc.as_str())];
    let table = f.world.ok("DescribeRouteTables", &of_vpc).text("routeTableId");
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "192.0.2.0/24"),
        ("InstanceId", &instance),
    ];
    f.world.ok("CreateRoute", &route);
    let eni = f.world.ok("DescribeInstances", &[("InstanceId.1", &instance)]).text("networkInterfaceId");
    let shown = f.world.ok("DescribeRouteTables", &of_vpc);
    assert_eq!(shown.text("networkInterfaceId"), eni);
    assert_eq!(shown.text("instanceId"), instance);
}

#[test]
fn interfaces_come_with_the_instance() {
    let f = fixture();
    let own = f.world.interface(&f.subnet);
    let far = f.world.ok(
        "CreateSubnet",
        &[("VpcId", &f.vpc), ("CidrBlock", "10.0.2.0/24"), ("AvailabilityZone", "us-east-1a")],
    );
    let far = far.text("subnetId");
    let made = f.launch(&[
        ("NetworkInterface.1.DeviceIndex", "1"),
        ("NetworkInterface.1.SubnetId", &far),
        ("NetworkInterface.2.DeviceIndex", "0"),
        ("NetworkInterface.2.NetworkInterfaceId", &own),
    ]);
    let id = made.text("instanceId");
    assert_eq!(made.texts("deviceIndex"), ["0", "1"]);
    assert_eq!(made.texts("deleteOnTermination"), ["false", "true"]);
    let network = f.world.ec2.networks(&f.world.ec2.snapshot()).unwrap().remove(0);
    let plan = vpc::compile(&network);
    let seat = plan.seats.values().next().unwrap();
    assert_eq!(seat.first.as_str(), own);
    assert_eq!(seat.neighbourhood, ["10.0.2.0/24".parse().unwrap()]);
    assert_eq!(f.world.ok("DescribeInstances", &[("InstanceId.1", &id)]).texts("macAddress").len(), 2);

    let refused = |more: &[(&str, &str)]| f.world.fails("RunInstances", &f.request(more));
    let again =
        [("NetworkInterface.1.DeviceIndex", "0"), ("NetworkInterface.1.NetworkInterfaceId", own.as_str())];
    assert!(refused(&again).starts_with("400 InvalidNetworkInterface.InUse"));
    let twice = [
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("NetworkInterface.1.SubnetId", far.as_str()),
        ("NetworkInterface.2.DeviceIndex", "0"),
        ("NetworkInterface.2.SubnetId", &far),
    ];
    assert!(refused(&twice).starts_with("400 InvalidParameterValue"));
    let public = [
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("NetworkInterface.1.SubnetId", far.as_str()),
        ("NetworkInterface.1.AssociatePublicIpAddress", "true"),
        ("NetworkInterface.2.DeviceIndex", "1"),
        ("NetworkInterface.2.SubnetId", &far),
    ];
    assert!(refused(&public).starts_with("400 InvalidParameterCombination: The associatePublicIPAddress"));
}

#[test]
fn a_hardware_address_follows_from_the_id() {
    let f = fixture();
    let id = f.world.interface(&f.subnet);
    let octets = vpc::hardware_address(&id);
    let expected: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(f.shown(&id).text("macAddress"), expected.join(":"));
}
