//! Operations that no file describes: own action from names, and the words that this is not all

use serde_json::Value;

use crate::harness::{Report, Run, Scratch, named, policy, word};

const CALLER: &str = "arn:aws:iam::111122223333:role/Deployer";
const FUNCTION: &str = r#"{
  "FunctionName": "resize",
  "Role": "arn:aws:iam::111122223333:role/service/Resize",
  "Code": { "S3Bucket": "releases", "S3Key": "resize.zip" }
}"#;

/// A check of a request for one operation, with one statement and nothing else known
fn check(operation: &str, request: &str, statements: &str) -> (Scratch, Run) {
    let scratch = Scratch::new();
    let path = scratch.write("request.json", request);
    let identity = scratch.write("identity.json", policy(statements));
    let run = Run::bare(&path, CALLER)
        .args(["--operation", operation, "--account", "111122223333", "--region", "us-east-1"])
        .args(["--assume", "organization=none"])
        .arg("--identity-policy")
        .arg(identity);
    // Nothing but S3 asks for the policy of a bucket.
    let run = if operation.starts_with("s3:") {
        run.arg("--bucket-policy").arg(named("b", &scratch.write("none.json", "null")))
    } else if operation.starts_with("secretsmanager:") {
        run.args(["--assume", "other-resource-policies=own-none"])
    } else {
        run
    };
    (scratch, run)
}

fn report(operation: &str, request: &str, statements: &str, verdict: &str) -> Report {
    check(operation, request, statements).1.report(verdict)
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Sid": "Given", "Effect": "Allow", "Action": {action}, "Resource": "{resource}"}}"#)
}

fn own(report: &Report) -> (&str, &str) {
    (word(&report.row("own")["resource"]), report.decision("own"))
}

#[test]
fn an_allowed_own_action_is_not_ready_and_says_why() {
    let statements = allow(r#"["lambda:CreateFunction", "iam:PassRole"]"#, "*");
    let report = report("lambda:CreateFunction", FUNCTION, &statements, "undetermined");
    assert_eq!(own(&report), ("arn:aws:lambda:us-east-1:111122223333:function:resize", "allowed"));
    assert_eq!(report.row("own")["origin"], "generated");
    assert_eq!(report.decision("pass-role"), "allowed");
    let [words] = report.findings("side-effects-not-modelled")[..] else { panic!("one finding") };
    assert!(word(&words["message"]).starts_with("own action checked, side effects not modelled"), "{words}");
    assert!(report.0["notices"].to_string().contains("own action checked, side effects not modelled"));
    assert_eq!(report.assumption("side-effects"), Some("unknown"));
    let members: Vec<&str> =
        report.findings("request-unmodelled-member").into_iter().map(|finding| word(&finding["message"])).collect();
    assert!(members.iter().any(|message| message.contains("`Code.S3Bucket`")), "{members:?}");
    assert!(!members.iter().any(|message| message.contains("`Role`")), "the role has a row: {members:?}");
}

#[test]
fn a_denied_own_action_blocks() {
    let report = report("lambda:CreateFunction", FUNCTION, &allow("\"lambda:GetFunction\"", "*"), "blocked");
    assert_eq!(own(&report).1, "implicitDeny");
    // `AccessDeniedException`, `AccessDenied`, `UnauthorizedOperation`: each service has its own words.
    assert_eq!(report.0["predicted_response"], serde_json::json!({"status": null, "error": null}));
    let elsewhere = allow("\"lambda:*\"", "arn:aws:lambda:us-east-1:111122223333:function:other");
    let report = self::report("lambda:CreateFunction", FUNCTION, &elsewhere, "blocked");
    assert_eq!(own(&report).1, "implicitDeny");
}

#[test]
fn under_the_assumption_it_is_ready_and_the_words_stay() {
    let statements = allow(r#"["lambda:CreateFunction", "iam:PassRole"]"#, "*");
    let (_scratch, run) = check("lambda:CreateFunction", FUNCTION, &statements);
    let report = run.args(["--assume", "side-effects=none"]).report("ready");
    assert_eq!(report.assumption("side-effects"), Some("none"));
    assert_eq!(report.findings("side-effects-not-modelled").len(), 1);
    assert!(report.0["notices"].to_string().contains("side effects not modelled"));
}

#[test]
fn what_only_looks_needed_is_never_ready_and_never_blocks() {
    let request = r#"{"FunctionName": "resize", "Code": {"ZipFile": "UEsFBg=="}, "Role": "arn:aws:iam::111122223333:role/R", "Tags": {"team": "a"}}"#;
    let statements = allow(r#"["lambda:CreateFunction", "iam:PassRole"]"#, "*");
    let (_scratch, run) = check("lambda:CreateFunction", request, &statements);
    let report = run.args(["--assume", "side-effects=none"]).report("undetermined");
    let tag = report.row("tag");
    assert_eq!((word(&tag["need"]), word(&tag["action"])), ("should", "lambda:TagResource"));
    assert_eq!(report.decision("tag"), "undetermined", "a function's own policy may allow it");
}

#[test]
fn a_condition_on_a_tag_of_the_request_is_decided_and_on_an_unknown_key_open() {
    let request = r#"{"FunctionName": "resize", "Code": {"ZipFile": "UEsFBg=="}, "Role": "arn:aws:iam::111122223333:role/R", "Tags": {"team": "a"}}"#;
    let statement = |key: &str, value: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": ["lambda:*", "iam:PassRole"], "Resource": "*", "Condition": {{"StringEquals": {{"{key}": "{value}"}}}}}}"#
        )
    };
    let decision = |key: &str, value: &str| {
        let (_scratch, run) = check("lambda:CreateFunction", request, &statement(key, value));
        run.judged().0.decision("own").to_owned()
    };
    assert_eq!(decision("aws:RequestTag/team", "a"), "allowed");
    assert_eq!(decision("aws:RequestTag/team", "b"), "implicitDeny");
    assert_eq!(decision("lambda:Layer", "x"), "undetermined");
    assert_eq!(decision("aws:ResourceTag/team", "a"), "undetermined");
}

#[test]
fn tags_that_nobody_can_find_in_the_request_are_not_absent() {
    let request = r#"{"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}]}]}"#;
    let tagged = r#"{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/team": "a"}}}"#;
    let report = report("ec2:RunInstances", request, tagged, "undetermined");
    assert_eq!(report.decision("own-instance"), "undetermined");
    let types = ["own", "own-instance", "own-network-interface", "own-security-group", "own-subnet"];
    for id in types {
        assert_eq!(
            (word(&report.row(id)["need"]), word(&report.row(id)["action"])),
            ("must", "ec2:RunInstances"),
            "{id}"
        );
    }
    let only_instances = allow("\"ec2:RunInstances\"", "arn:aws:ec2:us-east-1:111122223333:instance/*");
    let report = self::report("ec2:RunInstances", request, &only_instances, "blocked");
    assert_eq!((report.decision("own-instance"), report.decision("own-subnet")), ("allowed", "implicitDeny"));
}

#[test]
fn each_operation_acts_on_what_its_request_names() {
    let account = "us-east-1:111122223333";
    let arn = format!("arn:aws:states:{account}:stateMachine:orders");
    for (operation, request, action, resource) in [
        (
            "dynamodb:CreateTable",
            r#"{"TableName": "t"}"#.to_owned(),
            "dynamodb:CreateTable",
            format!("arn:aws:dynamodb:{account}:table/t"),
        ),
        (
            "s3:ListObjectsV2",
            r#"{"Bucket": "b", "Prefix": "p/"}"#.to_owned(),
            "s3:ListBucket",
            "arn:aws:s3:::b".to_owned(),
        ),
        (
            "s3:GetObject",
            r#"{"Bucket": "b", "Key": "a/b c.txt"}"#.to_owned(),
            "s3:GetObject",
            "arn:aws:s3:::b/a/b c.txt".to_owned(),
        ),
        (
            "ecs:RunTask",
            r#"{"taskDefinition": "web:3"}"#.to_owned(),
            "ecs:RunTask",
            format!("arn:aws:ecs:{account}:task-definition/web:3"),
        ),
        ("states:StartExecution", format!(r#"{{"stateMachineArn": "{arn}"}}"#), "states:StartExecution", arn.clone()),
        (
            "glue:CreateJob",
            r#"{"Name": "nightly", "Role": "Etl", "Command": {}}"#.to_owned(),
            "glue:CreateJob",
            format!("arn:aws:glue:{account}:job/nightly"),
        ),
        (
            "personalize:CreateSolutionVersion",
            format!(r#"{{"solutionArn": "arn:aws:personalize:{account}:solution/s"}}"#),
            "personalize:CreateSolutionVersion",
            format!("arn:aws:personalize:{account}:solution/s"),
        ),
        (
            "bedrock:InvokeModel",
            r#"{"modelId": "arn:aws:bedrock:us-east-1::foundation-model/m", "body": ""}"#.to_owned(),
            "bedrock:InvokeModel",
            "arn:aws:bedrock:us-east-1::foundation-model/m".to_owned(),
        ),
        (
            "bedrock-runtime:InvokeModel",
            r#"{"modelId": "arn:aws:bedrock:us-east-1::foundation-model/m", "body": ""}"#.to_owned(),
            "bedrock:InvokeModel",
            "arn:aws:bedrock:us-east-1::foundation-model/m".to_owned(),
        ),
    ] {
        let statements = [allow(&format!("\"{action}\""), &resource), allow("\"iam:PassRole\"", "*")];
        let statements = statements.join(", ").replace("\"Sid\": \"Given\", ", "");
        let report = report(operation, &request, &statements, "undetermined");
        assert_eq!(own(&report), (resource.as_str(), "allowed"), "{operation}");
        assert_eq!(word(&report.row("own")["action"]), action);
    }
}

#[test]
fn what_the_request_does_not_say_is_open_and_never_denied_for_a_guess() {
    for (operation, request, action, resource, decision) in [
        // Six characters follow the name of a secret.
        (
            "secretsmanager:GetSecretValue",
            r#"{"SecretId": "db"}"#,
            "secretsmanager:GetSecretValue",
            "secret:db-AbCdEf",
            "undetermined",
        ),
        (
            "secretsmanager:GetSecretValue",
            r#"{"SecretId": "db"}"#,
            "secretsmanager:GetSecretValue",
            "secret:db*",
            "allowed",
        ),
        (
            "secretsmanager:GetSecretValue",
            r#"{"SecretId": "db"}"#,
            "secretsmanager:GetSecretValue",
            "secret:other-AbCdEf",
            "implicitDeny",
        ),
        // A version of a function is another resource than the function.
        ("lambda:GetFunction", r#"{"FunctionName": "f"}"#, "lambda:GetFunction", "function:f", "allowed"),
        // A part of an ARN is no name.
        (
            "lambda:Invoke",
            r#"{"FunctionName": "111122223333:function:f"}"#,
            "lambda:InvokeFunction",
            "function:f",
            "undetermined",
        ),
        // A cluster that is not named is the default one, or that of the account's settings.
        ("ecs:CreateService", r#"{"serviceName": "web"}"#, "ecs:CreateService", "service/default/web", "undetermined"),
        // Nothing in the request says which of the types is meant.
        ("rds:DeleteDBCluster", r#"{"DBClusterIdentifier": "c"}"#, "rds:DeleteDBCluster", "cluster:c", "undetermined"),
        (
            "bedrock:InvokeModel",
            r#"{"modelId": "us.vendor.model", "body": ""}"#,
            "bedrock:InvokeModel",
            "inference-profile/us.vendor.model",
            "undetermined",
        ),
    ] {
        let service = action.split(':').next().unwrap();
        let statement =
            allow(&format!("\"{action}\""), &format!("arn:aws:{service}:us-east-1:111122223333:{resource}"));
        let verdict = if decision == "implicitDeny" { "blocked" } else { "undetermined" };
        let report = report(operation, request, &statement, verdict);
        assert_eq!(report.decision("own"), decision, "{operation} {request} {resource}");
    }
}

#[test]
fn a_role_may_be_named_without_its_path_and_the_service_be_unknown() {
    let request = r#"{"targets": ["arn:aws:iot:us-east-1:111122223333:thing/t"], "jobId": "j", "presignedUrlConfig": {"roleArn": "arn:aws:iam::111122223333:role/Signer"}}"#;
    let statements = r#"{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "iot.amazonaws.com"}}}"#;
    let report = report("iot:CreateJob", request, statements, "undetermined");
    let pass = report.row("pass-role");
    assert_eq!((word(&pass["need"]), word(&pass["decision"])), ("should", "undetermined"));
    assert_eq!(word(&pass["resource"]), "arn:aws:iam::111122223333:role/Signer");
    let assumed = r#"{"RoleArn": "arn:aws:iam::111122223333:role/Other", "RoleSessionName": "s"}"#;
    let report = self::report("sts:AssumeRole", assumed, &allow("\"sts:AssumeRole\"", "*"), "undetermined");
    assert!(report.rows().iter().all(|row| row["action"] != "iam:PassRole"), "nobody passes a role to assume it");
}

#[test]
fn an_operation_whose_action_is_not_listed_is_undetermined() {
    let report = report("apigateway:CreateRestApi", r#"{"name": "a"}"#, &allow("\"*\"", "*"), "undetermined");
    assert_eq!(report.rows().len(), 0);
    let [words] = report.findings("side-effects-not-modelled")[..] else { panic!("one finding") };
    let message = word(&words["message"]);
    assert!(message.starts_with("own action not known") && message.contains("`apigateway:CreateRestApi`"), "{message}");
}

#[test]
fn what_does_not_exist_is_refused_with_the_nearest_name() {
    for (operation, words) in [
        ("lambda:CreateFunctoin", &["no operation `lambda:CreateFunctoin`", "did you mean `lambda:CreateFunction`?"]),
        ("lamda:CreateFunction", &["no service `lamda`", "did you mean `lambda:CreateFunction`?"]),
    ] {
        check(operation, FUNCTION, &allow("\"*\"", "*")).1.run().refuses(words);
    }
    let request = FUNCTION.replace("\"FunctionName\"", "\"FunctionNam\"");
    let report = report("lambda:CreateFunction", &request, &allow("\"*\"", "*"), "blocked");
    let unknown = report.findings("request-unknown-member");
    assert!(word(&unknown[0]["help"]).contains("did you mean `FunctionName`?"), "{unknown:?}");
    check("lambda:CreateFunction", r#"{"FunctionName": 3}"#, &allow("\"*\"", "*")).1.run().refuses(&["FunctionName"]);
}

#[test]
fn a_generated_operation_is_never_guessed() {
    let scratch = Scratch::new();
    let path = scratch.write("request.json", FUNCTION);
    let ran =
        Run::new("derive").arg(path).args(["-o", "json", "--account", "111122223333", "--region", "us-east-1"]).run();
    assert!(!ran.stdout.contains("lambda:CreateFunction"), "{ran}");
}

#[test]
fn a_file_goes_before_the_generated_base() {
    let scratch = Scratch::new();
    let shown = Run::new("catalog").args(["show", "lambda:CreateFunction", "--file"]).exits(0).stdout;
    let written =
        shown.replace("origin = \"generated\"\n", "").replace("unmodelled = [", "unmodelled = [\"Nothing\", ");
    scratch.write("own/lambda.CreateFunction.toml", written.replace("\"Nothing\", ", ""));
    let path = scratch
        .write("request.json", r#"{"FunctionName": "resize", "Role": "arn:aws:iam::111122223333:role/R", "Code": {}}"#);
    let identity = scratch.write("identity.json", policy(&allow(r#"["lambda:CreateFunction", "iam:PassRole"]"#, "*")));
    let report = Run::bare(&path, CALLER)
        .args(["--operation", "lambda:CreateFunction", "--account", "111122223333", "--region", "us-east-1"])
        .args(["--assume", "organization=none"])
        .arg("--identity-policy")
        .arg(identity)
        .arg("--catalog")
        .arg(scratch.path("own"))
        .report("ready");
    assert_eq!(report.findings("side-effects-not-modelled").len(), 0);
    assert_eq!(report.row("own").get("origin"), None);
}

#[test]
fn every_format_marks_generated_rows() {
    let statements = allow(r#"["lambda:CreateFunction", "iam:PassRole"]"#, "*");
    for (format, mark) in [
        ("human", "generated"),
        ("markdown", "(generated)"),
        ("csv", ",generated\n"),
        ("html", "<i class=\"tag\">generated</i>"),
    ] {
        let (_scratch, run) = check("lambda:CreateFunction", FUNCTION, &statements);
        let ran = run.args(["-o", format]).exits(3);
        assert!(ran.stdout.contains(mark), "{format}: {ran}");
        assert!(format == "csv" || ran.stdout.contains("side effects not modelled"), "{format}: {ran}");
    }
    let (_scratch, run) = check("lambda:CreateFunction", FUNCTION, &statements);
    let ran = run.args(["-o", "json"]).exits(3);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    crate::harness::assert_valid("report.v1.schema.json", &report, "a generated operation");
}

#[test]
fn a_version_of_a_function_is_another_resource_than_the_function() {
    let request = r#"{"FunctionName": "f", "Qualifier": "PROD"}"#;
    let on =
        |name: &str| allow("\"lambda:GetFunction\"", &format!("arn:aws:lambda:us-east-1:111122223333:function:{name}"));
    let (_scratch, run) = check("lambda:GetFunction", request, &on("f"));
    let report = run.args(["--assume", "other-resource-policies=own-none"]).report("blocked");
    let row = &report.rows()[0];
    assert_eq!(word(&row["resource"]), "arn:aws:lambda:us-east-1:111122223333:function:f:PROD");
    assert_eq!(word(&row["decision"]), "implicitDeny");
    let report = self::report("lambda:GetFunction", request, &on("f:PROD"), "undetermined");
    assert_eq!(word(&report.rows()[0]["decision"]), "allowed");
}
