//! What the vocabulary carries for later operations

use super::*;

/// An operation that nobody offers, with what later operations need of the vocabulary
const FICTION: &str = r#"
format = 1
operation = "sagemaker:CreateTrainingJob"
model = "sagemaker/2017-07-24"
schema = "none.schema.json"
service = { name = "Amazon SageMaker AI", principal = "sagemaker.amazonaws.com", via = "sagemaker" }
status = { state = "active" }
unmodelled = ["MlflowConfig"]

[source]
api = { kind = "api-reference", url = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html" }

[principal.exec]
role = "RoleArn"
pass = { by = "caller", to = "sagemaker.amazonaws.com" }
trust = { service = "sagemaker.amazonaws.com", actions = ["sts:AssumeRole"], source_arn = "arn:{partition}:sagemaker:{region}:{account}:training-job/{TrainingJobName}" }
trust_also = [{ when = "Chaining == true", actions = ["sts:TagSession"], src = ["api"] }]
phase = "run"
src = ["api"]
because = "the job runs as this role"

[fact]
volume = { kms_key = { reference = "VolumeKmsKeyId" } }

[[require]]
id = "create"
action = "sagemaker:CreateTrainingJob"
resource = ["arn:{partition}:sagemaker:{region}:{account}:training-job/{TrainingJobName}", "{PlanArn?}"]
src = ["api"]
because = "the call itself"
[require.context]
"sagemaker:VpcSubnets" = { all = ["VpcConfig.Subnets[]"] }
"sagemaker:VolumeKmsKeyArn" = { from = "volume" }
"sagemaker:NetworkIsolation" = { from = "EnableNetworkIsolation", default = "false" }
"sagemaker:KeepAlivePeriod" = { from = "KeepAlive" }

[[require]]
id = "grant-caller"
any_of = "volume-grant"
when = ["VolumeKmsKeyId", { any = ["Mode != 'Fast'", "!Mode"] }]
via = ["sagemaker"]
action = "kms:CreateGrant"
resource = "{volume}"
src = ["api"]
because = "one of both creates the grant"
[[require]]
id = "grant-exec"
as = "exec"
any_of = "volume-grant"
when = "VolumeKmsKeyId"
action = "kms:CreateGrant"
resource = "{volume}"
src = ["api"]
because = "one of both creates the grant"

[[require]]
id = "subnet"
as = "exec"
for_each = "subnet in VpcConfig.Subnets[]"
action = ["ec2:CreateNetworkInterface", "ec2:DescribeSubnets"]
resource = "arn:{partition}:ec2:{region}:{account}:subnet/{subnet}"
src = ["api"]
because = "the job attaches to the subnet"

[[require]]
id = "read"
as = "exec"
for_each = "channel in Channels[]"
when = "channel.Bucket"
action = "s3:GetObject"
resource = "arn:{partition}:s3:::{channel.Bucket}/{channel.Prefix?}{?}"
src = ["api"]
because = "the job reads its channels"
"#;

fn fiction(request: &str) -> Case {
    let catalog = Catalog::load(&[SourceFile::new("fiction.toml", FICTION)]).unwrap();
    Case { catalog, operation: "sagemaker:CreateTrainingJob", ..Case::of(request) }
}

#[test]
fn the_vocabulary_carries_later_operations() {
    let case = fiction(
        r#"{"TrainingJobName": "j", "RoleArn": "arn:aws:iam::111122223333:role/r", "Chaining": true,
            "VolumeKmsKeyId": "alias/vision", "VpcConfig": {"Subnets": ["s-1", "s-2"]}, "MlflowConfig": {"a": 1},
            "Channels": [{"Bucket": "in", "Prefix": "p/"}, {"Other": 1}, {"Bucket": "in"}]}"#,
    );
    let derivation = case.derive();
    let shown: Vec<String> = derivation
        .needs
        .iter()
        .map(|need| {
            let label = need.any_of.as_deref().unwrap_or("-");
            format!("{} | {} | {} | {} | {label}", need.id, need.actor, need.action, target(&need.target))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "exec-pass | caller | iam:PassRole | arn:aws:iam::111122223333:role/r | -",
            "exec-trust | service:sagemaker.amazonaws.com | sts:AssumeRole | arn:aws:iam::111122223333:role/r | -",
            "exec-trust.2 | service:sagemaker.amazonaws.com | sts:TagSession | arn:aws:iam::111122223333:role/r | -",
            "create | caller | sagemaker:CreateTrainingJob | arn:aws:sagemaker:us-east-1:111122223333:training-job/j | -",
            "grant-caller | caller | kms:CreateGrant | arn:aws:kms:us-east-1:111122223333:key/key-1 | volume-grant",
            "grant-exec | role:exec | kms:CreateGrant | arn:aws:kms:us-east-1:111122223333:key/key-1 | volume-grant",
            "subnet.1 | role:exec | ec2:CreateNetworkInterface | arn:aws:ec2:us-east-1:111122223333:subnet/s-1 | -",
            "subnet.2 | role:exec | ec2:DescribeSubnets | arn:aws:ec2:us-east-1:111122223333:subnet/s-1 | -",
            "subnet.3 | role:exec | ec2:CreateNetworkInterface | arn:aws:ec2:us-east-1:111122223333:subnet/s-2 | -",
            "subnet.4 | role:exec | ec2:DescribeSubnets | arn:aws:ec2:us-east-1:111122223333:subnet/s-2 | -",
            "read | role:exec | s3:GetObject | arn:aws:s3:::in/p/* | -",
        ]
    );
    let need = |id: &str| derivation.needs.iter().find(|need| need.id == id).unwrap();
    assert_eq!(values(need("exec-pass"), "iam:PassedToService"), Some(known(&["sagemaker.amazonaws.com"])));
    let job = "arn:aws:sagemaker:us-east-1:111122223333:training-job/j";
    assert_eq!(values(need("exec-trust"), "aws:SourceArn"), Some(known(&[job])));
    assert_eq!(values(need("create"), "sagemaker:VpcSubnets"), Some(known(&["s-1", "s-2"])));
    assert_eq!(values(need("create"), "sagemaker:VolumeKmsKeyArn"), Some(known(&[KEY])));
    assert_eq!(values(need("create"), "sagemaker:NetworkIsolation"), Some(known(&["false"])));
    assert_eq!(values(need("create"), "sagemaker:KeepAlivePeriod"), Some(ContextValue::Absent));
    let unmodelled: Vec<String> = derivation.unmodelled.iter().map(|(path, at)| format!("{path} {at}")).collect();
    assert_eq!(unmodelled, ["MlflowConfig request.json:2:105"]);
}

#[test]
fn a_row_for_nothing_is_no_row() {
    let case = fiction(r#"{"TrainingJobName": "j", "RoleArn": "no ARN", "Mode": "Fast", "VolumeKmsKeyId": "key-1"}"#);
    assert_eq!(case.ids(), ["exec-pass", "exec-trust", "create", "grant-exec"]);
    assert_eq!(target(&case.need("exec-pass").target), "? {RoleArn}");
    assert_eq!(case.need("exec-pass").missing[0].why, "`no ARN` is not an ARN");
}
