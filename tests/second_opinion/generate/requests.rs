//! Requests: who wants what, in which context

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::vocabulary::{AWAY, GENERAL, HOME, KMS, Key, S3, STS, Shape};

/// A caller, with what the context says about it
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    /// The role of a session, the user behind a federated session
    pub(crate) origin: Option<String>,
    pub(crate) is_session: bool,
    pub(crate) is_root: bool,
}

/// A request without its policies
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) caller: Caller,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) owner: String,
    pub(crate) context: Map<String, Value>,
    /// The keys that conditions of this case test
    pub(crate) keys: Vec<&'static Key>,
}

impl Request {
    pub(crate) fn service(&self) -> &str {
        self.action.split(':').next().unwrap()
    }

    pub(crate) fn operation(&self) -> &str {
        self.action.split(':').nth(1).unwrap()
    }

    pub(crate) fn is_key(&self) -> bool {
        self.service() == "kms" && self.resource.contains(":key/")
    }

    pub(crate) fn is_trust(&self) -> bool {
        self.service() == "sts" && self.resource.contains(":role/")
    }
}

const OBJECTS: &[&str] = &[
    "arn:aws:s3:::lumen/reports/q1.csv",
    "arn:aws:s3:::lumen/home/ana/f",
    "arn:aws:s3:::lumen/home/blue/f",
    "arn:aws:s3:::lumen/a/b",
    "arn:aws:s3:::lumen/a:b:c",
    "arn:aws:s3:::lumen-evil/x",
    "arn:aws:s3:::lumen/",
];

pub(crate) fn request(dice: &mut Dice<'_>) -> Request {
    let caller = caller(dice);
    let owner = match &caller.account {
        Some(account) if dice.chance(70) => account.clone(),
        _ => dice.text(&[HOME, HOME, AWAY]),
    };
    let (action, resource, own_keys) = target(dice, &caller, &owner);
    let keys = keys(dice, own_keys);
    let context = context(dice, &caller, &keys, &resource);
    Request { caller, action, resource, owner, context, keys }
}

fn caller(dice: &mut Dice<'_>) -> Caller {
    let account = dice.text(&[HOME, HOME, HOME, AWAY]);
    let plain = |name: String, account: Option<String>| {
        let is_root = name.ends_with(":root");
        Caller { name, account, origin: None, is_session: false, is_root }
    };
    match dice.weighted(&[40, 36, 8, 5, 6, 4, 3]) {
        0 => {
            let user = dice.text(&["ana", "ana", "anab", "team/ana", "Ana"]);
            plain(format!("arn:aws:iam::{account}:user/{user}"), Some(account))
        }
        1 => session(dice, account),
        2 => Caller {
            name: format!("arn:aws:sts::{account}:federated-user/vera"),
            origin: Some(format!("arn:aws:iam::{account}:user/tokens")),
            account: Some(account),
            is_session: true,
            is_root: false,
        },
        3 => plain(format!("arn:aws:iam::{account}:root"), Some(account)),
        4 => plain(dice.text(&["s3.amazonaws.com", "cloudtrail.amazonaws.com", "s3.ap-east-1.amazonaws.com"]), None),
        5 => plain("anonymous".to_owned(), None),
        _ => plain(format!("arn:aws:iam::{account}:oidc-provider/token.example.com"), Some(account)),
    }
}

fn session(dice: &mut Dice<'_>, account: String) -> Caller {
    let linked = "aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    let role = dice.text(&["Loader", "Loader", "Loader", "etl/Loader", "Deploy", linked]);
    let name = role.rsplit('/').next().unwrap();
    let session = dice.text(&["s1", "s1", "s2"]);
    Caller {
        name: format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
        origin: Some(format!("arn:aws:iam::{account}:role/{role}")),
        account: Some(account),
        is_session: true,
        is_root: false,
    }
}

fn target(dice: &mut Dice<'_>, caller: &Caller, owner: &str) -> (String, String, &'static [Key]) {
    let unsigned = caller.name == "anonymous";
    let provider = caller.name.contains("oidc-provider");
    let family = if provider {
        4
    } else if unsigned {
        dice.weighted(&[6, 3, 1])
    } else {
        dice.weighted(&[30, 12, 8, 22, 12, 8, 5, 3])
    };
    let other = if owner == HOME { AWAY } else { HOME };
    let (actions, resource, keys): (&[&str], String, _) = match family {
        0 => (&["s3:GetObject", "s3:PutObject", "s3:GetObjectTagging", "s3:DeleteObject"], dice.text(OBJECTS), S3),
        1 => (&["s3:ListBucket", "s3:DeleteBucket"], "arn:aws:s3:::lumen".to_owned(), S3),
        2 => {
            let service = dice.text(&["sqs", "sns"]);
            let action = if service == "sqs" { "sqs:SendMessage" } else { "sns:Publish" };
            return (action.to_owned(), format!("arn:aws:{service}:eu-west-1:{owner}:jobs"), S3);
        }
        3 => (KMS_ACTIONS, format!("arn:aws:kms:eu-west-1:{owner}:key/1111-2222"), KMS),
        4 => {
            let role = dice.text(&[
                "Deploy",
                "Deploy",
                "Loader",
                "etl/Loader",
                "aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
            ]);
            let role = format!("arn:aws:iam::{owner}:role/{role}");
            let actions = if provider { &["sts:AssumeRoleWithWebIdentity"][..] } else { STS_ACTIONS };
            (actions, role, STS)
        }
        5 => (&["someservice:Read"], format!("arn:aws:someservice:us-east-2:{owner}:store/abc:{other}:finance/x"), S3),
        6 => {
            (&["ec2:DescribeInstances", "s3:ListAllMyBuckets", "kms:ListKeys", "sts:GetCallerIdentity"], "*".into(), S3)
        }
        _ => (&["iam:CreateAccessKey", "iam:ListAccessKeys"], format!("arn:aws:iam::{owner}:user/ana"), STS),
    };
    (dice.text(actions), resource, keys)
}

const STS_ACTIONS: &[&str] = &["sts:AssumeRole", "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
const KMS_ACTIONS: &[&str] = &[
    "kms:Decrypt",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:CreateGrant",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:ScheduleKeyDeletion",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:RetireGrant",
];

/// A handful of keys, so that the policies of one case test the same ones
fn keys(dice: &mut Dice<'_>, own: &'static [Key]) -> Vec<&'static Key> {
    let mut keys: Vec<&'static Key> = Vec::new();
    for _ in 0..=dice.below(5) {
        let key = if dice.chance(45) { dice.pick(own) } else { dice.pick(GENERAL) };
        if !keys.iter().any(|it| it.name.eq_ignore_ascii_case(key.name)) {
            keys.push(key);
        }
    }
    keys
}

fn context(dice: &mut Dice<'_>, caller: &Caller, keys: &[&'static Key], resource: &str) -> Map<String, Value> {
    let mut context = Map::new();
    if caller.name.contains(":assumed-role/") {
        context.insert("aws:PrincipalArn".into(), json!([caller.origin]));
        context.insert("aws:userid".into(), json!(["AROAQ:s1"]));
    }
    if caller.name.contains(":user/") {
        context.insert("aws:userid".into(), json!(["AIDAQ"]));
    }
    if let Some(account) = &caller.account
        && resource.contains(":kms:")
    {
        context.insert("kms:CallerAccount".into(), json!([account]));
    }
    for key in keys {
        let derived = key.name == "kms:CallerAccount";
        if derived || dice.chance(30) {
            continue;
        }
        context.insert(spelled(dice, key), values(dice, key));
    }
    if resource.contains(":key/") && dice.chance(20) {
        context.insert("kms:EncryptionContext:Purpose".into(), json!(["Test"]));
    }
    context
}

/// Key names are case-insensitive (E100); those of the encryption context keep theirs, since grants compare it
fn spelled(dice: &mut Dice<'_>, key: &Key) -> String {
    let keeps_case = key.name.contains("EncryptionContext");
    if !keeps_case && dice.chance(10) { key.name.to_uppercase() } else { key.name.to_owned() }
}

fn values(dice: &mut Dice<'_>, key: &Key) -> Value {
    let count = if key.many { dice.weighted(&[5, 55, 30, 10]) } else { dice.weighted(&[1, 99]) };
    let mut values: Vec<String> = Vec::new();
    for _ in 0..count {
        let value = dice.text(key.values);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    if key.shape == Shape::Flag && dice.chance(3) {
        values = vec!["maybe".to_owned()];
    }
    json!(values)
}
