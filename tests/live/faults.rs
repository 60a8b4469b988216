//! The fault matrix: whatever goes wrong with a call, the verdict is right or says what it would need to know
//!
//! Every kind of fault meets every call that live mode makes: those about a role, about a user, about a role that runs a
//! job, about an organization, and a manifest in S3. The simulator's calls and the dry runs of KMS have their faults in `simulator.rs` and
//! `proof.rs`, `GetCallerIdentity` at the end of this file: without it nothing can be checked.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::roles::Job;
use crate::scene::{Ran, Scene, causes};
use crate::testbed::{ACCOUNT, Testbed};

/// Calls about a role, its buckets, objects and keys, each with a word of its cause
const OF_ROLE: [(&str, &str); 17] = [
    ("organizations:DescribeOrganization", "DescribeOrganization"),
    ("iam:GetRole", "GetRole"),
    ("iam:ListRolePolicies", "ListRolePolicies"),
    ("iam:GetRolePolicy", "GetRolePolicy"),
    ("iam:ListAttachedRolePolicies", "ListAttachedRolePolicies"),
    ("iam:GetPolicy", "GetPolicy"),
    ("iam:GetPolicyVersion", "GetPolicyVersion"),
    ("s3:GetBucketLocation", "GetBucketLocation"),
    ("s3:GetBucketEncryption", "GetEncryptionConfiguration"),
    ("s3:GetBucketPolicy", "GetBucketPolicy"),
    ("s3:GetBucketPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("s3:GetBucketOwnershipControls", "GetBucketOwnershipControls"),
    ("s3:HeadObject", "HeadObject"),
    ("kms:ListAliases", "ListAliases"),
    ("kms:DescribeKey", "DescribeKey"),
    ("kms:GetKeyPolicy", "GetKeyPolicy"),
    ("kms:ListGrants", "ListGrants"),
];

/// Calls about a user who needs each of its policies and each of its group's
const OF_USER: [(&str, &str); 8] = [
    ("iam:GetUser", "GetUser"),
    ("iam:ListUserPolicies", "ListUserPolicies"),
    ("iam:GetUserPolicy", "GetUserPolicy"),
    ("iam:ListAttachedUserPolicies", "ListAttachedUserPolicies"),
    ("iam:ListGroupsForUser", "ListGroupsForUser"),
    ("iam:ListGroupPolicies", "ListGroupPolicies"),
    ("iam:GetGroupPolicy", "GetGroupPolicy"),
    ("iam:ListAttachedGroupPolicies", "ListAttachedGroupPolicies"),
];

/// Calls about a role that runs a job which a user sends
const OF_PASSED_ROLE: [(&str, &str); 6] = [
    ("iam:GetRole", "GetRole"),
    ("iam:ListRolePolicies", "ListRolePolicies"),
    ("iam:GetRolePolicy", "GetRolePolicy"),
    ("iam:ListAttachedRolePolicies", "ListAttachedRolePolicies"),
    ("iam:GetPolicy", "GetPolicy"),
    ("iam:GetPolicyVersion", "GetPolicyVersion"),
];

/// Calls about an account that is a member of an organization
const OF_ORGANIZATION: [(&str, &str); 4] = [
    ("organizations:ListParents", "ListParents"),
    ("organizations:ListRoots", "ListRoots"),
    ("organizations:ListPoliciesForTarget", "ListPoliciesForTarget"),
    ("organizations:DescribePolicy", "DescribePolicy"),
];

/// The call for a manifest in S3
const OF_MANIFEST: [(&str, &str); 1] = [("s3:GetObject", "s3:GetObject")];

/// Facts that change nothing for the scene: its role's policies are enough, the request names the results' key, and
/// an assumption stands in for a bucket's object ownership
const WITHOUT_WEIGHT: [&str; 4] =
    ["s3:GetBucketPublicAccessBlock", "s3:GetBucketOwnershipControls", "s3:GetBucketEncryption", "kms:ListGrants"];

/// Runs at a time: a slow answer occupies one of the server's threads
const SIDE_BY_SIDE: usize = 8;

/// A scene, the arguments of its check, and the calls that the check cannot do without
struct Fixture {
    scene: Scene,
    args: Vec<String>,
    calls: &'static [(&'static str, &'static str)],
    /// A member account is one by what `DescribeOrganization` says; every caller has to be told so
    organization: Option<Value>,
}

fn fixtures() -> Vec<Fixture> {
    vec![role(), user(), passed_role(), organization(), manifest()]
}

fn role() -> Fixture {
    Fixture { scene: Scene::ready(), args: Vec::new(), calls: &OF_ROLE, organization: None }
}

fn user() -> Fixture {
    let scene = Scene::ready();
    let (user, group) = (format!("{}-ana", scene.name), format!("{}-ml", scene.name));
    let allow = |actions: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
            .to_string()
    };
    let managed = |name: &str, actions: Value| {
        let made = json!({"PolicyName": format!("{}-{name}", scene.name), "PolicyDocument": allow(actions)});
        scene.call("iam", "create_policy", &made)["Policy"]["Arn"].clone()
    };
    scene.call("iam", "create_user", &json!({"UserName": user}));
    scene.call("iam", "create_group", &json!({"GroupName": group}));
    scene.call("iam", "add_user_to_group", &json!({"UserName": user, "GroupName": group}));
    let own = json!({"UserName": user, "PolicyName": "train", "PolicyDocument": allow(json!("lookoutvision:*"))});
    scene.call("iam", "put_user_policy", &own);
    let read = managed("user", json!("s3:GetObject*"));
    scene.call("iam", "attach_user_policy", &json!({"UserName": user, "PolicyArn": read}));
    let keys = json!({"GroupName": group, "PolicyName": "keys", "PolicyDocument": allow(json!("kms:*"))});
    scene.call("iam", "put_group_policy", &keys);
    let write = managed("group", json!(["s3:PutObject", "s3:GetBucketLocation"]));
    scene.call("iam", "attach_group_policy", &json!({"GroupName": group, "PolicyArn": write}));
    let args = vec!["--principal".to_owned(), format!("arn:aws:iam::{ACCOUNT}:user/{user}")];
    Fixture { scene, args, calls: &OF_USER, organization: None }
}

fn passed_role() -> Fixture {
    let job = Job::ready();
    let args = ["--principal", &job.sender(), "--fact", "manifest_keys=none"].map(str::to_owned).to_vec();
    Fixture { scene: job.scene, args, calls: &OF_PASSED_ROLE, organization: None }
}

/// On a server of its own: an organization is there for all callers
fn organization() -> Fixture {
    static ORGANIZED: OnceLock<(&'static Testbed, Value)> = OnceLock::new();
    let (testbed, member) = ORGANIZED.get_or_init(|| {
        let testbed: &'static Testbed = Box::leak(Box::new(Testbed::start()));
        let call = |operation: &str, params| testbed.call("organizations", operation, &params);
        let made = call("create_organization", json!({"FeatureSet": "ALL"}));
        let root = call("list_roots", json!({}))["Roots"][0]["Id"].clone();
        call("enable_policy_type", json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"}));
        let mut member = made["Organization"].clone();
        member["MasterAccountId"] = json!("210000000099");
        (testbed, json!({"Organization": member}))
    });
    let scene = Scene::on(testbed);
    Fixture { scene, args: Vec::new(), calls: &OF_ORGANIZATION, organization: Some(member.clone()) }
}

fn manifest() -> Fixture {
    let scene = Scene::ready();
    let text = scene.manifest(&["images/000000.jpg", "images/000001.jpg"]);
    scene.call("s3", "put_object", &json!({"Bucket": scene.data(), "Key": "train.manifest", "Body": text}));
    let args = vec!["--train".to_owned(), format!("s3://{}/train.manifest", scene.data())];
    Fixture { scene, args, calls: &OF_MANIFEST, organization: None }
}

impl Fixture {
    /// The same account for a caller of its own
    fn again(&self) -> Scene {
        let scene = self.scene.again();
        if let Some(member) = &self.organization {
            let body = json!({"action": "organizations:DescribeOrganization", "body": member.to_string(), "type": "application/x-amz-json-1.1", "times": 100_000});
            scene.caller.fault(body);
        }
        scene
    }

    /// Runs the check under a fault of one call
    #[track_caller]
    fn under(&self, call: &str, fault: &Value, deadline: &str) -> (Value, Ran) {
        let scene = self.again();
        let mut fault = fault.clone();
        fault["action"] = json!(call);
        scene.caller.fault(fault);
        let more: Vec<&str> = self.args.iter().map(String::as_str).chain(["--deadline", deadline]).collect();
        let (report, ran) = scene.check(&more);
        assert!(matches!(ran.code, 0 | 3), "{call}: neither ready nor undetermined: {ran}");
        assert!(ran.took < Duration::from_mins(4), "{call}: {ran}");
        let least = 6;
        let rows = report["requirements"].as_array().map_or(0, Vec::len);
        assert!(rows >= least, "{call}: rows are lost: {ran}");
        assert!(scene.caller.calls().iter().any(|made| made == call), "{call} was not made: {ran}");
        (report, ran)
    }
}

/// Calls this for every call of every fixture, some at a time
fn each(run: impl Fn(&Fixture, &'static str, &'static str) + Sync) {
    let fixtures = fixtures();
    let calls: Vec<_> =
        fixtures.iter().flat_map(|fixture| fixture.calls.iter().map(move |call| (fixture, *call))).collect();
    for some in calls.chunks(SIDE_BY_SIDE) {
        std::thread::scope(|scope| {
            for (fixture, (call, word)) in some {
                scope.spawn(|| run(fixture, call, word));
            }
        });
    }
}

/// The fault leaves something unknown, and the report says which call is behind it
#[track_caller]
fn leaves_open(fault: &Value) {
    each(|fixture, call, word| {
        let (report, ran) = fixture.under(call, fault, "2m");
        if call == "s3:GetBucketOwnershipControls" {
            assert!(report["assumptions"].to_string().contains("object-owner"), "{call}: {ran}");
        }
        if WITHOUT_WEIGHT.contains(&call) && report["verdict"] == "ready" {
            return;
        }
        assert_eq!(report["verdict"], "undetermined", "{call}: {ran}");
        assert!(causes(&report).iter().any(|cause| cause.contains(word)), "{call}: no cause: {ran}");
    });
}

/// The fault passes, and the verdict is what it is without it
#[track_caller]
fn passes(fault: &Value) {
    each(|fixture, call, _| {
        let (report, ran) = fixture.under(call, fault, "2m");
        assert_eq!(report["verdict"], "ready", "{call}: {ran}");
    });
}

#[test]
fn throttling_that_ends_changes_nothing() {
    passes(&json!({"status": 503, "code": "SlowDown", "times": 2}));
    passes(&json!({"status": 429, "code": "ThrottlingException", "times": 1}));
}

#[test]
fn throttling_that_does_not_end_leaves_the_fact_open() {
    leaves_open(&json!({"status": 400, "code": "ThrottlingException", "times": 100_000}));
}

#[test]
fn a_failure_of_the_service_leaves_the_fact_open() {
    leaves_open(&json!({"status": 500, "code": "InternalFailure", "times": 100_000}));
}

#[test]
fn a_refusal_leaves_the_fact_open() {
    leaves_open(&json!({"status": 403, "code": "AccessDenied", "message": "not for you", "times": 100_000}));
}

#[test]
fn a_cut_connection_leaves_the_fact_open() {
    leaves_open(&json!({"cut": true, "times": 100_000}));
}

#[test]
fn a_redirect_without_a_region_leaves_the_fact_open() {
    leaves_open(&json!({"status": 301, "code": "PermanentRedirect", "times": 100_000}));
}

#[test]
fn a_garbled_answer_leaves_the_fact_open() {
    for body in ["<html>gateway</html>", "\u{fffd}\u{0}garbled", ""] {
        each(|fixture, call, _| {
            // A HEAD has no body that could be garbled, and a garbled manifest is bad input, wherever it lies.
            if matches!(call, "s3:HeadObject" | "s3:GetObject") {
                return;
            }
            let (report, ran) = fixture.under(call, &json!({"body": body, "times": 100_000}), "2m");
            if report["verdict"] == "ready" {
                let harmless = WITHOUT_WEIGHT.contains(&call) || call == "s3:GetBucketLocation";
                assert!(harmless, "{call} answered `{body}`: a false ready: {ran}");
            }
        });
    }
}

#[test]
fn a_slow_answer_that_comes_in_time_changes_nothing() {
    passes(&json!({"delay": 1, "times": 1}));
}

#[test]
fn a_service_that_is_too_slow_ends_with_the_deadline() {
    each(|fixture, call, _| {
        let scene = fixture.again();
        scene.caller.fault(json!({"action": call, "delay": 12, "times": 100_000}));
        let more: Vec<&str> = fixture.args.iter().map(String::as_str).chain(["--deadline", "5s"]).collect();
        let (report, ran) = scene.check(&more);
        assert!(ran.took < Duration::from_mins(1), "{call}: {ran}");
        // Before it is known which account it is in, nothing can be read; the exit code says so.
        if ran.code == 4 {
            assert!(ran.stderr.contains("--deadline is over"), "{call}: {ran}");
            return;
        }
        if WITHOUT_WEIGHT.contains(&call) && report["verdict"] == "ready" {
            return;
        }
        assert_eq!(report["verdict"], "undetermined", "{call}: {ran}");
        let late = causes(&report).iter().any(|cause| cause.contains("--deadline is over"));
        assert!(late, "{call}: no cause: {ran}");
        assert!(report["requirements"].as_array().is_some_and(|rows| rows.len() >= 6), "{call}: rows are lost: {ran}");
    });
}

/// Where a policy lies, and the call that makes what lies there a policy that is none
type Spoiled = (&'static str, fn(&Scene, &str));

#[test]
fn a_policy_that_is_no_policy_leaves_the_fact_open() {
    let places: [Spoiled; 4] = [
        ("bucket", |scene, policy| {
            scene.call("s3", "put_bucket_policy", &json!({"Bucket": scene.results(), "Policy": policy}));
        }),
        ("key", |scene, policy| {
            let policy = json!({"KeyId": scene.key, "PolicyName": "default", "Policy": policy});
            scene.call("kms", "put_key_policy", &policy);
        }),
        ("inline", |scene, policy| spoil(scene, "iam:GetRolePolicy", policy)),
        ("attached", |scene, policy| spoil(scene, "iam:GetPolicyVersion", policy)),
    ];
    let maybe = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}).to_string();
    for (place, spoil) in places {
        for policy in [&maybe, "{\"Statement\": "] {
            let scene = Scene::ready();
            spoil(&scene, policy);
            let (report, ran) = scene.is("undetermined", &[]);
            let said = causes(&report).iter().any(|cause| cause.contains("cannot be understood"));
            assert!(said, "{place}: {policy}: {ran}");
        }
    }
}

/// Answers a call of IAM with this text as the policy document
fn spoil(scene: &Scene, call: &str, policy: &str) {
    let encoded = policy.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let name = call.trim_start_matches("iam:");
    let inner = if name == "GetRolePolicy" {
        format!(
            "<RoleName>{}</RoleName><PolicyName>train</PolicyName><PolicyDocument>{encoded}</PolicyDocument>",
            scene.name
        )
    } else {
        format!(
            "<PolicyVersion><Document>{encoded}</Document><IsDefaultVersion>true</IsDefaultVersion><VersionId>v1</VersionId></PolicyVersion>"
        )
    };
    let body = format!(
        "<{name}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{name}Result>{inner}</{name}Result></{name}Response>"
    );
    scene.caller.fault(json!({"action": call, "body": body, "times": 100_000}));
}

#[test]
fn a_bucket_in_another_region_is_asked_about_there() {
    for call in ["s3:HeadObject", "s3:GetBucketPolicy", "s3:GetBucketEncryption", "s3:GetBucketPublicAccessBlock"] {
        let scene = Scene::ready();
        let redirect = json!({"action": call, "status": 301, "code": "PermanentRedirect", "times": 1, "headers": {"x-amz-bucket-region": "eu-west-1"}});
        scene.caller.fault(redirect);
        scene.is("ready", &[]);
    }
}

#[test]
fn one_lost_policy_loses_no_other_row() {
    let scene = Scene::ready();
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Sid": "NoResults", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::{}/*", scene.results())}]});
    scene.call("s3", "put_bucket_policy", &json!({"Bucket": scene.results(), "Policy": deny.to_string()}));
    scene.caller.fault(json!({"action": "kms:*", "status": 500, "times": 100_000}));
    let (report, ran) = scene.is("blocked", &[]);
    assert!(report["requirements"].to_string().contains("NoResults"), "{ran}");
}

#[test]
fn without_a_caller_nothing_is_checked_and_the_cause_is_said() {
    let always = |mut fault: Value| {
        fault["action"] = json!("sts:GetCallerIdentity");
        fault["times"] = json!(100_000);
        fault
    };
    for (fault, words) in [
        (json!({"status": 400, "code": "Throttling"}), "was throttled until the retries ran out"),
        (json!({"status": 500, "code": "InternalFailure"}), "failed at AWS"),
        (json!({"body": "<html>gateway</html>"}), "got an answer that cannot be read"),
        (json!({"cut": true}), "did not reach AWS"),
        (json!({"delay": 6}), "--deadline is over"),
        (json!({"status": 403, "code": "AccessDenied", "message": "no"}), "was refused"),
        (json!({"status": 403, "code": "ExpiredToken"}), "was not made with valid credentials"),
    ] {
        let scene = Scene::ready();
        scene.caller.fault(always(fault.clone()));
        let (_, ran) = scene.check(&["--deadline", if fault["delay"].is_null() { "2m" } else { "3s" }]);
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{fault}: {ran}");
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("sts:GetCallerIdentity") && said.contains(words), "{fault}: {ran}");
    }
    let scene = Scene::ready();
    scene.caller.fault(json!({"action": "sts:GetCallerIdentity", "status": 400, "code": "Throttling", "times": 2}));
    scene.is("ready", &[]);
}
