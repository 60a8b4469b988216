//! An account in an organization, on a server of its own: an organization is there for all callers

use serde_json::json;

use crate::scene::Scene;
use crate::testbed::{ACCOUNT, Testbed};

#[test]
fn policies_of_the_organization_are_read_level_by_level() {
    let testbed: &'static Testbed = Box::leak(Box::new(Testbed::start()));
    let call = |operation: &str, params| testbed.call("organizations", operation, &params);
    call("create_organization", json!({"FeatureSet": "ALL"}));
    let root = call("list_roots", json!({}))["Roots"][0]["Id"].clone();
    call("enable_policy_type", json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"}));
    let unit = call("create_organizational_unit", json!({"ParentId": root, "Name": "Workloads"}))["OrganizationalUnit"]
        ["Id"]
        .clone();
    call("move_account", json!({"AccountId": ACCOUNT, "SourceParentId": root, "DestinationParentId": unit}));
    let content = json!({"Version": "2012-10-17", "Statement": [{"Sid": "NoTraining", "Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*"}]});
    let policy = json!({"Name": "NoTraining", "Description": "d", "Type": "SERVICE_CONTROL_POLICY", "Content": content.to_string()});
    let policy = call("create_policy", policy)["Policy"]["PolicySummary"]["Id"].clone();
    call("attach_policy", json!({"PolicyId": policy, "TargetId": unit}));

    let scene = Scene::on(testbed);
    let ran = scene.run([
        "snapshot",
        "--request",
        "request.json",
        "--principal",
        &scene.principal(),
        "--train",
        "train.manifest",
        "--out",
        "account",
    ]);
    assert_eq!(ran.code, 0, "{ran}");
    let read = |path: String| {
        std::fs::read_to_string(scene.folder.path().join(&path))
            .unwrap_or_else(|error| panic!("{path}: {error}: {ran}"))
    };
    let unit = unit.as_str().expect("an id");
    let root = root.as_str().expect("an id");
    let deny = policy.as_str().expect("an id");
    assert!(read(format!("account/organizations/scps/02-{unit}/{deny}.json")).contains("NoTraining"));
    assert!(read("account/organizations/scps/01-root/p-FullAWSAccess.json".to_owned()).contains("Content"));
    assert!(read("account/organizations/rcps/03-account/not-in-force.json".to_owned()).contains("Allow"));
    let toml = read("account/snapshot.toml".to_owned());
    assert!(toml.contains(&format!("/{root}/{unit}/\"]")), "{toml}");
    // The management account itself is exempt from service control policies.
    scene.is("ready", &[]);
    let toml = toml.replace(&format!("management_account = \"{ACCOUNT}\""), "management_account = \"210000000099\"");
    scene.write("account/snapshot.toml", &toml);
    let replayed = scene.replay(&scene.folder.path().join("account"), &scene.principal());
    assert_eq!(replayed["verdict"], "blocked");
    assert!(replayed["requirements"].to_string().contains("NoTraining"));

    let scene = Scene::on(testbed);
    for action in ["organizations:ListParents", "organizations:ListRoots"] {
        scene.caller.fault(
            json!({"action": action, "status": 400, "code": "AccessDeniedException", "message": "no", "times": 1}),
        );
        // Unread policies of the organization change nothing in its management account, and the report names the cause.
        let (_, ran) = scene.is("ready", &[]);
        assert!(ran.stdout.contains(&format!("{action} was refused")), "{ran}");
    }
}
