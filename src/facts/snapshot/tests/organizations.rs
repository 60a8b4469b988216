//! Service and resource control policies

use super::{Memory, lines, unknown};
use crate::facts::Fact;
use crate::source::Position;

const PLAIN: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "*", "Resource": "*" }
  ]
}"#;

const DESCRIBED: &str = r#"{
    "Policy": {
        "PolicySummary": {
            "Id": "p-examplepolicyid111",
            "Arn": "arn:aws:organizations::210000000099:policy/o-a1b2c3d4e5/service_control_policy/p-examplepolicyid111",
            "Name": "DenyOtherRegions",
            "Description": "",
            "Type": "SERVICE_CONTROL_POLICY",
            "AwsManaged": false
        },
        "Content": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Regions\",\"Effect\":\"Deny\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}]}"
    }
}"#;

#[test]
fn levels_come_in_name_order_and_documents_plain_or_described() {
    let memory = Memory::new()
        .with("organizations/scps/02-workloads/regions.json", DESCRIBED)
        .with("organizations/scps/01-root/FullAWSAccess.json", PLAIN)
        .with("organizations/scps/01-root/.DS_Store", "x")
        .with_folder("organizations/scps/03-account");
    let Fact::Known(levels) = memory.open().scps().unwrap() else { panic!("known levels") };
    let shape: Vec<(&str, Vec<&str>)> = levels
        .iter()
        .map(|level| (level.name.as_str(), level.policies.iter().map(|policy| &*policy.origin.name).collect()))
        .collect();
    assert_eq!(
        shape,
        [("01-root", vec!["FullAWSAccess"]), ("02-workloads", vec!["DenyOtherRegions"]), ("03-account", vec![])]
    );
    assert_eq!(levels[0].policies[0].statements[0].at, Position { line: 4, column: 5 });
    let described = &levels[1].policies[0];
    assert_eq!(&*described.origin.file, "snap/organizations/scps/02-workloads/regions.json");
    let column = DESCRIBED.lines().nth(10).unwrap().find("{\\\"Sid").unwrap() + 1;
    assert_eq!(described.statements[0].at, Position { line: 11, column: u32::try_from(column).unwrap() });
}

#[test]
fn without_a_folder_or_an_organization_the_levels_are_unknown_or_absent() {
    let known = Memory::new();
    let missing = unknown(&known.open().rcps().unwrap());
    assert_eq!(
        missing,
        "the resource control policies of the account (organizations/rcps/NN-LEVEL/*.json in the snapshot \
         (aws organizations describe-policy); there is no such file in the snapshot)"
    );
    let none = Memory::default()
        .with("snapshot.toml", "organization = false")
        .with("organizations/scps/01-root/a.json", "not JSON");
    assert_eq!(none.open().scps().unwrap(), Fact::Absent);
    let unsaid = Memory::default().with("snapshot.toml", "").with("organizations/scps/01-root/a.json", PLAIN);
    assert!(unknown(&unsaid.open().scps().unwrap()).contains("--assume organization=none"));
}

#[test]
fn a_policy_that_would_be_passed_over_is_a_problem() {
    let memory = Memory::new()
        .with("organizations/scps/deny.json", PLAIN)
        .with("organizations/scps/01-root/full.JSON", PLAIN)
        .with("organizations/scps/02-ou/none.json", "null")
        .with("organizations/scps/03-ou/empty.json", "\n")
        .with("organizations/scps/root/full.json", PLAIN);
    assert_eq!(
        lines(memory.open().scps()),
        [
            "snap/organizations/scps/01-root/full.JSON:1:1: only policies may stand in a level's folder",
            "snap/organizations/scps/02-ou/none.json:1:1: a policy is expected, this is null",
            "snap/organizations/scps/03-ou/empty.json:1:1: the file is empty, expected JSON",
            "snap/organizations/scps/deny.json:1:1: `deny.json` is not the folder of a level",
            "snap/organizations/scps/root:1:1: `root` is not the folder of a level",
        ]
    );
}

#[test]
fn a_policy_of_the_other_type_is_a_problem() {
    let memory = Memory::new().with("organizations/rcps/01-root/regions.json", DESCRIBED);
    assert_eq!(
        lines(memory.open().rcps()),
        ["snap/organizations/rcps/01-root/regions.json:3:26: the policy is of type `SERVICE_CONTROL_POLICY`, \
          in this folder they are `RESOURCE_CONTROL_POLICY`"]
    );
}
