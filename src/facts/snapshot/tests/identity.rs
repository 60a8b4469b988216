//! Principals and their policies

use super::{Memory, helps, lines, place, unknown};
use crate::facts::{Fact, Identity};
use crate::source::{Position, Problems};

const EXPORT: &str = r#"{
    "UserDetailList": [
        {
            "Path": "/team/",
            "UserName": "ana",
            "UserId": "AIDAEXAMPLEANA",
            "Arn": "arn:aws:iam::210000000011:user/team/ana",
            "CreateDate": "2024-01-01T00:00:00+00:00",
            "GroupList": [
                "trainers"
            ],
            "AttachedManagedPolicies": [
                {
                    "PolicyName": "ReadParts",
                    "PolicyArn": "arn:aws:iam::210000000011:policy/ReadParts"
                }
            ],
            "Tags": [
                {
                    "Key": "team",
                    "Value": "vision"
                }
            ]
        }
    ],
    "GroupDetailList": [
        {
            "Path": "/",
            "GroupName": "trainers",
            "GroupId": "AGPAEXAMPLE",
            "Arn": "arn:aws:iam::210000000011:group/trainers",
            "GroupPolicyList": [
                {
                    "PolicyName": "keys",
                    "PolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22kms%3ADecrypt%22%2C%22Resource%22%3A%22%2A%22%7D%7D"
                }
            ],
            "AttachedManagedPolicies": [
                {
                    "PolicyName": "ReadParts",
                    "PolicyArn": "arn:aws:iam::210000000011:policy/ReadParts"
                },
                {
                    "PolicyName": "ReadOnlyAccess",
                    "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"
                }
            ]
        }
    ],
    "RoleDetailList": [
        {
            "Path": "/ml/",
            "RoleName": "Trainer",
            "RoleId": "AROAEXAMPLE",
            "Arn": "arn:aws:iam::210000000011:role/ml/Trainer",
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {
                            "AWS": "arn:aws:iam::210000000011:root"
                        },
                        "Action": "sts:AssumeRole"
                    }
                ]
            },
            "InstanceProfileList": [],
            "RolePolicyList": [
                {
                    "PolicyName": "train",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "lookoutvision:CreateModel",
                                "Resource": "*"
                            }
                        ]
                    }
                }
            ],
            "AttachedManagedPolicies": [],
            "PermissionsBoundary": {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": "arn:aws:iam::210000000011:policy/ReadParts"
            },
            "Tags": [],
            "RoleLastUsed": {}
        }
    ],
    "Policies": [
        {
            "PolicyName": "ReadParts",
            "PolicyId": "ANPAEXAMPLE",
            "Arn": "arn:aws:iam::210000000011:policy/ReadParts",
            "DefaultVersionId": "v2",
            "PolicyVersionList": [
                {
                    "Document": "not read",
                    "VersionId": "v3",
                    "IsDefaultVersion": false
                },
                {
                    "Document": {
                        "Version": "2012-10-17",
                        "Statement": {
                            "Effect": "Allow",
                            "Action": "s3:GetObject",
                            "Resource": "arn:aws:s3:::parts/*"
                        }
                    },
                    "VersionId": "v2",
                    "IsDefaultVersion": true
                }
            ]
        }
    ]
}"#;

const PATH: &str = "iam/account-authorization-details.json";
const TRAINER: &str = "arn:aws:iam::210000000011:role/ml/Trainer";
const ANA: &str = "arn:aws:iam::210000000011:user/team/ana";

fn ask(memory: &Memory, principal: &str) -> Result<Fact<Identity>, Problems> {
    memory.open().identity(&principal.parse().unwrap())
}

fn known(memory: &Memory, principal: &str) -> Identity {
    ask(memory, principal).unwrap().known().expect("a known identity").clone()
}

fn export(text: &str) -> Memory {
    Memory::new().with(PATH, text)
}

fn names(identity: &Identity) -> Vec<&str> {
    identity.policies.iter().map(|policy| &*policy.origin.name).collect()
}

#[test]
fn a_user_has_its_own_policies_and_those_of_its_groups() {
    let ana = known(&export(EXPORT), ANA);
    assert_eq!(names(&ana), ["ReadParts", "inline keys"]);
    assert_eq!(ana.unique_id.as_deref(), Some("AIDAEXAMPLEANA"));
    assert_eq!(ana.tags, [("team".to_owned(), "vision".to_owned())]);
    assert_eq!(ana.groups, ["trainers"]);
    assert_eq!((ana.boundary, ana.trust), (Fact::Absent, Fact::Absent));
    let unread: Vec<String> = ana.unread.iter().map(ToString::to_string).collect();
    assert_eq!(
        unread,
        ["the policy `arn:aws:iam::aws:policy/ReadOnlyAccess` attached to group `trainers` of user `ana` \
          (iam/account-authorization-details.json in the snapshot (aws iam get-account-authorization-details); \
          the export does not have it; it does when taken without --filter, or with AWSManagedPolicy in it)"]
    );
}

#[test]
fn a_role_has_its_policies_boundary_and_trust_with_places_in_the_file() {
    let trainer = known(&export(EXPORT), TRAINER);
    assert_eq!(names(&trainer), ["inline train"]);
    assert_eq!(trainer.unread, []);
    let train = &trainer.policies[0];
    assert_eq!(&*train.origin.file, "snap/iam/account-authorization-details.json");
    let statement = &train.statements[0];
    let action = place(EXPORT, "\"lookoutvision:CreateModel\"");
    assert_eq!(statement.action.patterns[0].at, action);
    assert_eq!(statement.at, Position { line: action.line - 2, column: 29 });
    assert_eq!(
        trainer.boundary.known().unwrap().statements[0].action.patterns[0].at,
        place(EXPORT, "\"s3:GetObject\"")
    );
    assert_eq!(trainer.trust.known().unwrap().statements[0].action.patterns[0].at, place(EXPORT, "\"sts:AssumeRole\""));
}

#[test]
fn a_percent_encoded_document_keeps_its_places() {
    let ana = known(&export(EXPORT), ANA);
    let string = place(EXPORT, "\"%7B%22Version");
    let statement = place(EXPORT, "%7B%22Effect");
    assert_eq!(string.line, statement.line);
    assert_eq!(ana.policies[1].statements[0].at, statement);
}

#[test]
fn a_session_is_matched_to_its_role_and_takes_its_arn() {
    let session = known(&export(EXPORT), "arn:aws:sts::210000000011:assumed-role/Trainer/run-7");
    assert_eq!(session.arn.as_str(), TRAINER);
    assert_eq!(names(&session), ["inline train"]);
    for other in [
        "arn:aws-cn:sts::210000000011:assumed-role/Trainer/run-7",
        "arn:aws:sts::210000000011:assumed-role/trainer/run-7",
    ] {
        let result = ask(&export(EXPORT), other);
        assert_eq!(helps(result), [format!("did you mean `{TRAINER}`?")]);
    }
}

#[test]
fn a_role_without_its_path_is_another_role() {
    let result = ask(&export(EXPORT), "arn:aws:iam::210000000011:role/Trainer");
    assert_eq!(lines(result.clone()), ["the snapshot has no role `arn:aws:iam::210000000011:role/Trainer`"]);
    assert_eq!(helps(result), [format!("did you mean `{TRAINER}`?")]);
}

#[test]
fn near_matches_are_at_most_three_best_first() {
    let roles = ["Trainer1", "Trainer2", "Trainer", "Trainer3", "Janitor"]
        .map(|name| format!("{{\"RoleName\":\"{name}\",\"Arn\":\"arn:aws:iam::210000000011:role/{name}\"}}"));
    let memory = export(&format!("{{\"RoleDetailList\":[{}]}}", roles.join(",")));
    let result = ask(&memory, "arn:aws:iam::210000000011:role/Trainr");
    let near = |name: &str| format!("`arn:aws:iam::210000000011:role/{name}`");
    let expected = format!("did you mean {} or {} or {}?", near("Trainer"), near("Trainer1"), near("Trainer2"));
    assert_eq!(helps(result), [expected]);
    assert_eq!(
        helps(ask(&memory, "arn:aws:iam::210000000011:role/Zzz")),
        ["the export lists 5 role(s), none with a like name"]
    );
    let empty = export("{\"RoleDetailList\":[]}");
    assert_eq!(helps(ask(&empty, TRAINER)), ["the export lists no role at all; was it filtered?"]);
}

#[test]
fn principals_without_an_identity_side_are_absent_and_root_has_no_policies() {
    let memory = Memory::new();
    for principal in ["ec2.amazonaws.com", "anonymous", "accounts.google.com"] {
        assert!(matches!(ask(&memory, principal).unwrap(), Fact::Absent), "{principal}");
    }
    let root = known(&memory, "arn:aws:iam::210000000011:root");
    assert_eq!(root.arn.as_str(), "arn:aws:iam::210000000011:root");
    assert!(root.policies.is_empty() && root.unread.is_empty());
    assert!(matches!(root.boundary, Fact::Absent));
}

#[test]
fn what_the_snapshot_cannot_know_is_unknown() {
    let federated = ask(&export(EXPORT), "arn:aws:sts::210000000011:federated-user/vera").unwrap();
    assert!(unknown(&federated).contains("the IAM user behind a federated user session"));
    let foreign = ask(&export(EXPORT), "arn:aws:iam::210000000022:role/ml/Trainer").unwrap();
    assert!(
        unknown(&foreign).contains("the principal is of account 210000000022, the snapshot of account 210000000011")
    );
    let foreign_root = ask(&export(EXPORT), "arn:aws:iam::210000000022:root").unwrap();
    assert!(unknown(&foreign_root).contains("of account 210000000022"));
    let none = ask(&Memory::new(), TRAINER).unwrap();
    assert!(unknown(&none).contains("there is no such file in the snapshot"));
    let users_only = ask(&export("{\"UserDetailList\":[]}"), TRAINER).unwrap();
    assert!(unknown(&users_only).contains("the export holds no roles"));
    let cut_short = ask(&export("{\"RoleDetailList\":[],\"IsTruncated\":true,\"Marker\":\"m\"}"), TRAINER).unwrap();
    assert!(unknown(&cut_short).contains("the export ends before its last page"));
}

#[test]
fn an_export_may_be_split_into_pages() {
    let role = r#"{"RoleDetailList":[{"RoleName":"R","Arn":"arn:aws:iam::210000000011:role/R",
        "AttachedManagedPolicies":[{"PolicyName":"P","PolicyArn":"arn:aws:iam::210000000011:policy/P"}]}],
        "IsTruncated":true,"Marker":"m"}"#;
    let policy = r#"{"Policies":[{"PolicyName":"P","Arn":"arn:aws:iam::210000000011:policy/P","PolicyVersionList":[
        {"VersionId":"v1","IsDefaultVersion":true,"Document":{"Statement":
        {"Effect":"Allow","Action":"*","Resource":"*"}}}]}],"IsTruncated":false}"#;
    let memory = Memory::new()
        .with("iam/account-authorization-details-01.json", role)
        .with("iam/account-authorization-details-02.json", policy);
    let identity = known(&memory, "arn:aws:iam::210000000011:role/R");
    assert_eq!(names(&identity), ["P"]);
    assert_eq!(&*identity.policies[0].origin.file, "snap/iam/account-authorization-details-02.json");
    assert!(unknown(&identity.trust).contains("its entry has no `AssumeRolePolicyDocument`"));

    let first_only = Memory::new().with("iam/account-authorization-details-01.json", role);
    let identity = known(&first_only, "arn:aws:iam::210000000011:role/R");
    assert!(identity.unread[0].to_string().contains("the export ends before its last page"));

    let filtered = Memory::new().with(PATH, role.replace("\"IsTruncated\":true", "\"IsTruncated\":false"));
    let identity = known(&filtered, "arn:aws:iam::210000000011:role/R");
    assert!(identity.unread[0].to_string().contains("LocalManagedPolicy"));
}

#[test]
fn what_is_attached_but_not_in_the_export_is_unread_or_unknown() {
    let text = EXPORT.replace("\"DefaultVersionId\": \"v2\"", "\"DefaultVersionId\": \"v9\"");
    let memory = export(&text);
    assert!(unknown(&known(&memory, TRAINER).boundary).contains("its default version is not in the export"));
    let text = EXPORT.replace("\"GroupName\": \"trainers\"", "\"GroupName\": \"others\"");
    let ana = known(&export(&text), ANA);
    assert_eq!(names(&ana), ["ReadParts"]);
    assert!(ana.unread[0].to_string().starts_with("the policies of group `trainers` of user `ana` ("));
}

#[test]
fn problems_of_the_principal_are_all_named_and_those_of_others_are_not() {
    let text = EXPORT
        .replace("\"Action\": \"lookoutvision:CreateModel\"", "\"Action\": \"CreateModel\"")
        .replace("\"Action\": \"s3:GetObject\",", "\"Action\": \"s3:GetObject\", \"Action\": \"s3:*\",");
    let memory = export(&text);
    let found = lines(ask(&memory, TRAINER));
    let at = |wanted: &str| place(&text, wanted);
    assert_eq!(
        found,
        [
            format!("snap/{PATH}:{}: `CreateModel` is not an action", at("\"CreateModel\"")),
            format!(
                "snap/{PATH}:{}: the key `Action` stands twice in one object, first at {}",
                Position { column: at("\"Action\": \"s3:*\"").column, ..at("\"Action\": \"s3:*\"") },
                at("\"Action\": \"s3:GetObject\""),
            ),
        ]
    );
    let group = EXPORT.replace("lookoutvision:CreateModel", "CreateModel");
    assert_eq!(names(&known(&export(&group), ANA)), ["ReadParts", "inline keys"]);
}

#[test]
fn one_entry_twice_is_accepted_only_when_it_is_the_same() {
    let again = Memory::new().with(PATH, EXPORT).with("iam/account-authorization-details-old.json", EXPORT);
    assert_eq!(names(&known(&again, TRAINER)), ["inline train"]);
    let old = EXPORT.replace("lookoutvision:CreateModel", "lookoutvision:*");
    let differing = Memory::new().with(PATH, EXPORT).with("iam/account-authorization-details-old.json", old);
    let at = Position { line: place(EXPORT, "\"Path\": \"/ml/\"").line - 1, column: 9 };
    assert_eq!(
        lines(ask(&differing, TRAINER)),
        [format!("snap/{PATH}:{at}: `{TRAINER}` stands twice in the export, with different contents")]
    );
}

#[test]
fn files_that_are_no_export_are_problems_with_places() {
    let cases = [
        ("", "1:1: the file is empty, expected JSON"),
        ("null", "1:1: an export of IAM is a JSON object"),
        ("{\n  \"RoleDetailList\": [\n    {]\n", "3:6: not valid JSON: key must be a string"),
        (" [[], [], [], []]", "1:1: an export of IAM is a JSON object"),
        ("{\"RoleDetailList\": [\n  [\"arn\", \"name\"]]}", "2:3: an entry of an export of IAM is a JSON object"),
        ("{\"Roles\": []}", "1:1: the file has none of the lists of an export of IAM"),
        ("{\"RoleDetailList\": {}}", "1:20: not an export of IAM: invalid type: map, expected a sequence"),
        (
            "{\"RoleDetailList\": [\n  {\"RoleName\": \"R\"}]}",
            "2:19: not an entry of an export of IAM: missing field `Arn`",
        ),
        (
            "{\"RoleDetailList\": [],\n\"RoleDetailList\": []}",
            "2:16: not an export of IAM: duplicate field `RoleDetailList`",
        ),
    ];
    for (text, problem) in cases {
        assert_eq!(lines(ask(&export(text), TRAINER)), [format!("snap/{PATH}:{problem}")], "{text}");
    }
    let bom = lines(ask(&export(&format!("\u{feff}{EXPORT}")), TRAINER));
    assert!(bom[0].contains("byte order mark"), "{bom:?}");
}

#[test]
fn wrong_shapes_inside_the_entry_are_problems() {
    let text = r#"{"RoleDetailList":[{"RoleName":"R","Arn":"arn:aws:iam::210000000011:role/R","RoleId":7,
"Tags":{"team":"x"},
"RolePolicyList":[{"PolicyName":"p"}],
"AttachedManagedPolicies":[{}],
"PermissionsBoundary":"arn"}]}"#;
    assert_eq!(
        lines(ask(&export(text), "arn:aws:iam::210000000011:role/R")),
        [
            "1:86: `RoleId` must be a string, this is a number",
            "2:8: `Tags` must be an array, this is an object",
            "3:19: the object has no `PolicyDocument`",
            "4:28: the object has no `PolicyArn`",
            "5:23: expected an object with `PermissionsBoundaryArn`, this is a string",
        ]
        .map(|problem| format!("snap/{PATH}:{problem}"))
    );
}

fn acting(memory: &Memory, arn: &str) -> Result<Fact<Identity>, Problems> {
    memory.open().role(&arn.parse().unwrap())
}

#[test]
fn a_role_that_acts_is_known_not_known_or_known_not_to_exist() {
    const TRAINER: &str = "arn:aws:iam::210000000011:role/ml/Trainer";
    const NOBODY: &str = "arn:aws:iam::210000000011:role/ml/Nobody";
    let full = || export(EXPORT);
    assert_eq!(acting(&full(), TRAINER).unwrap().known().unwrap().arn.as_str(), TRAINER);
    let unlisted = unknown(&acting(&full(), NOBODY).unwrap());
    assert!(unlisted.contains("the snapshot has no role"), "an export may be filtered: {unlisted}");
    let gone = full().with("iam/roles/ml%2FNobody.json", "null");
    assert!(matches!(acting(&gone, NOBODY), Ok(Fact::Absent)));
    assert!(acting(&gone, TRAINER).unwrap().known().is_some());
    let other = "arn:aws:iam::999988887777:role/ml/Nobody";
    assert!(unknown(&acting(&gone, other).unwrap()).contains("of account 999988887777"), "it is noted for one account");
    let odd = full().with("iam/roles/ml%2FNobody.json", "{}");
    assert_eq!(
        lines(acting(&odd, NOBODY)),
        ["snap/iam/roles/ml%2FNobody.json:1:1: expected `null`, which says that there is no such role"]
    );
}

#[test]
fn why_the_principal_or_a_role_is_not_in_the_export_is_told_of_each() {
    let noted = format!(
        "{}\n[unread]\n\"iam/account-authorization-details.json\" = \"iam:GetUser was refused\"\n\"iam/roles/ml%2FExec.json\" = \"iam:GetRole was throttled\"\n",
        super::TOML
    );
    let memory = export(EXPORT).with("snapshot.toml", noted);
    let ben = unknown(&ask(&memory, "arn:aws:iam::210000000011:user/ben").unwrap());
    assert!(ben.contains("iam:GetUser was refused"), "{ben}");
    let exec = unknown(&acting(&memory, "arn:aws:iam::210000000011:role/ml/Exec").unwrap());
    assert!(exec.contains("iam:GetRole was throttled"), "{exec}");
    let trainer = acting(&memory, "arn:aws:iam::210000000011:role/ml/Trainer").unwrap();
    assert!(trainer.known().is_some(), "what is there is read");
}
