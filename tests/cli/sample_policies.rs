//! The policies that AWS prints for the roles of jobs are enough, but for what other pages of AWS ask beside them

use serde_json::{Value, json};

use crate::harness::{Report, Run, Scratch, word};

const ACCOUNT: &str = "111122223333";
const KEYS: [&str; 2] = ["1a2b3c4d-0000-4000-8000-000000000001", "1a2b3c4d-0000-4000-8000-000000000002"];

struct Sample {
    operation: &'static str,
    /// Who is trusted, with `sts:TagSession` where the request makes it necessary
    trusts: &'static str,
    facts: &'static [&'static str],
    /// Rows of roles that the printed policy does not allow: `id decision`, and after a dash what stands in the way
    beyond: &'static [&'static str],
}

const NO_OBJECTS: &str = "read-object undetermined - which objects the dataset names (--train MANIFEST and --test MANIFEST; no manifest given)";
const NO_KEYS: &str = "decrypt-object undetermined - which objects the dataset names (--train MANIFEST and --test MANIFEST; no manifest given)";
const TRAINING_KEY: &str = "input_keys=1a2b3c4d-0000-4000-8000-000000000001";

const SAMPLES: [Sample; 8] = [
    Sample {
        operation: "sagemaker.CreateTrainingJob",
        trusts: "sagemaker.amazonaws.com",
        facts: &[TRAINING_KEY, "manifest_keys=none"],
        // The page on S3 and KMS asks for a data key; the printed policy speaks of no place but the output path.
        beyond: &[
            NO_OBJECTS,
            NO_KEYS,
            "out-key implicitDeny",
            "checkpoint-put implicitDeny",
            "checkpoint-read implicitDeny",
            "checkpoint-list implicitDeny",
            "hook-put implicitDeny",
        ],
    },
    Sample {
        operation: "sagemaker.CreateProcessingJob",
        trusts: "sagemaker.amazonaws.com",
        facts: &[TRAINING_KEY],
        // The page on S3 and KMS asks for a data key.
        beyond: &[NO_OBJECTS, NO_KEYS, "out-key implicitDeny"],
    },
    Sample {
        operation: "sagemaker.CreateModel",
        trusts: "sagemaker.amazonaws.com",
        facts: &["model_keys=none"],
        beyond: &[],
    },
    Sample {
        operation: "sagemaker.CreateAutoMLJobV2",
        trusts: "sagemaker.amazonaws.com",
        facts: &[TRAINING_KEY],
        // The page on S3 and KMS asks for a data key.
        beyond: &[NO_OBJECTS, NO_KEYS, "out-key implicitDeny"],
    },
    Sample {
        operation: "bedrock.CreateModelCustomizationJob",
        trusts: "bedrock.amazonaws.com",
        facts: &[
            "input_keys=none",
            "teacher_targets=arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0,arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0",
        ],
        // The policy tests the ARN of the job, which nobody knows before.
        beyond: &[
            "network-create undetermined - aws:RequestTag/BedrockModelCustomizationJobArn",
            "network-manage.1 undetermined - ec2:ResourceTag/BedrockModelCustomizationJobArn; ec2:Subnet",
            "network-manage.2 undetermined - ec2:ResourceTag/BedrockModelCustomizationJobArn; ec2:Subnet",
            "network-manage.3 undetermined - ec2:ResourceTag/BedrockModelCustomizationJobArn; ec2:Subnet",
        ],
    },
    Sample {
        operation: "bedrock.CreateModelInvocationJob",
        trusts: "bedrock.amazonaws.com",
        facts: &[
            TRAINING_KEY,
            "profile_targets=arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0,arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0",
        ],
        // The policy tests the ARN of the job, which nobody knows before.
        beyond: &[
            "network-create undetermined - aws:RequestTag/BedrockModelInvocationJobArn",
            "network-subnet.1 undetermined - aws:RequestTag/BedrockModelInvocationJobArn",
            "network-subnet.2 undetermined - aws:RequestTag/BedrockModelInvocationJobArn",
            "network-group undetermined - aws:RequestTag/BedrockModelInvocationJobArn",
            "network-manage.1 undetermined - ec2:ResourceTag/BedrockModelInvocationJobArn; ec2:Subnet",
            "network-manage.2 undetermined - ec2:ResourceTag/BedrockModelInvocationJobArn; ec2:Subnet",
            "network-manage.3 undetermined - ec2:ResourceTag/BedrockModelInvocationJobArn; ec2:Subnet",
        ],
    },
    Sample {
        operation: "comprehend.CreateDocumentClassifier",
        trusts: "comprehend.amazonaws.com",
        facts: &[TRAINING_KEY],
        beyond: &[],
    },
    Sample {
        operation: "comprehend.CreateEntityRecognizer",
        trusts: "comprehend.amazonaws.com",
        facts: &[TRAINING_KEY],
        beyond: &[],
    },
];

fn role(path: &str, name: &str, trusts: &str, policy: &Value) -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": trusts}, "Action": ["sts:AssumeRole", "sts:TagSession"],
    }]});
    json!({
        "Path": path, "RoleName": name, "RoleId": format!("AROAEXAMPLE{name}"),
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role{path}{name}"), "CreateDate": "2026-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "AttachedManagedPolicies": [], "Tags": [],
        "RolePolicyList": [{"PolicyName": "Printed", "PolicyDocument": policy}],
    })
}

fn printed(name: &str) -> Value {
    let path = format!("{}/tests/data/documented/policies/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// An account with the roles of the maximal requests, two keys that leave it to IAM, two buckets without encryption by KMS
fn account(sample: &Sample) -> Scratch {
    let scratch = Scratch::new();
    let text =
        "account = \"111122223333\"\npartition = \"aws\"\nregion = \"us-east-1\"\ncaptured_at = 2026-11-20T09:30:00Z\n";
    scratch.write("snapshot.toml", text);
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let nothing = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    let emr =
        if sample.operation.contains("AutoML") { printed("sagemaker.CreateAutoMLJobV2.emr") } else { nothing.clone() };
    let roles = json!([
        role("/", "Launcher", "ec2.amazonaws.com", &everything),
        role("/ml/", "Exec", sample.trusts, &printed(sample.operation)),
        role("/", "Emr", "emr-serverless.amazonaws.com", &emr),
        role("/", "Unload", "redshift.amazonaws.com", &nothing),
    ]);
    let details = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
    scratch.write("iam/account-authorization-details.json", details.to_string());
    for bucket in ["images", "results"] {
        scratch.write(&format!("s3/{bucket}/location.json"), r#"{"LocationConstraint": null}"#);
        scratch.write(&format!("s3/{bucket}/policy.json"), "null");
        let sse = r#"{"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}"#;
        scratch.write(&format!("s3/{bucket}/encryption.json"), sse);
    }
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;
    for key in KEYS {
        let metadata = json!({"KeyMetadata": {
            "AWSAccountId": ACCOUNT, "KeyId": key, "Arn": format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}"),
            "Enabled": true, "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT", "MultiRegion": false,
        }});
        scratch.write(&format!("kms/{key}/key.json"), metadata.to_string());
        scratch
            .write(&format!("kms/{key}/policy.json"), json!({"Policy": policy, "PolicyName": "default"}).to_string());
        scratch.write(&format!("kms/{key}/grants.json"), r#"{"Grants": [], "Truncated": false}"#);
    }
    scratch
}

fn judged(sample: &Sample) -> Report {
    let account = account(sample);
    let request = format!("tests/data/operations/{}.maximal.json", sample.operation);
    let launcher = format!("arn:aws:iam::{ACCOUNT}:role/Launcher");
    let run = Run::bare(std::path::Path::new(&request), &launcher).snapshot(account.root());
    let run = run.args(["--assume", "organization=none"]);
    sample.facts.iter().fold(run, |run, fact| run.args(["--fact", fact])).judged().0
}

fn open(row: &Value) -> String {
    let lists =
        ["missing_context", "missing_facts"].into_iter().flat_map(|list| row[list].as_array().into_iter().flatten());
    let texts: Vec<&str> = lists.map(word).collect();
    let why = if texts.is_empty() { String::new() } else { format!(" - {}", texts.join("; ")) };
    format!("{} {}{why}", word(&row["id"]), word(&row["decision"]))
}

#[test]
fn the_policies_that_aws_prints_for_roles_are_enough() {
    for sample in &SAMPLES {
        let report = judged(sample);
        let of_roles = |row: &&Value| !word(&row["actor"]).starts_with("caller") && row["need"] == "must";
        let rows: Vec<&Value> = report.rows().iter().filter(of_roles).collect();
        assert!(rows.len() > 5, "{}: {rows:#?}", sample.operation);
        let beyond: Vec<String> = rows.into_iter().filter(|row| row["decision"] != "allowed").map(open).collect();
        assert_eq!(beyond, sample.beyond, "{}", sample.operation);
        let text = report.0.to_string();
        assert!(!text.contains("Lookout") && !text.contains("datakey-via"), "{}", sample.operation);
    }
}
